"""The dashboard in Chromium: every chart is drawn, the console is silent, and a picture of it."""

import os
import re
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

CHROMIUM = os.environ.get("SOPMART_CHROMIUM", "/usr/bin/chromium")
QUIET = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def picture(address: str, user: str, password: str, charts: int, file: Path) -> list[str]:
    """Draws the dashboard into a file; returns what is wrong with it."""
    said: list[str] = []
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=QUIET)
        page = chromium.new_page(viewport={"width": 1440, "height": 900})
        page.on("pageerror", lambda error: said.append(f"the page fails: {error}"))
        page.on("response", lambda answer: answer.status >= 500 and said.append(f"{answer.status} {answer.url}"))
        log_in(page, address, user, password)
        page.goto(f"{address}/superset/dashboard/sales-and-operations-planning/?standalone=1")
        said += drawn(page, charts)
        last = page.locator(".dashboard-component-chart-holder").last.bounding_box()
        page.screenshot(path=file, clip={"x": 0, "y": 0, "width": 1440, "height": last["y"] + last["height"] + 24})
        chromium.close()
    return said


def log_in(page: Page, address: str, user: str, password: str) -> None:
    """Sends the form itself: what is typed before the page is ready is lost on a busy machine."""
    form = page.request.get(f"{address}/login/").text()
    token = re.search(r'id="csrf_token"[^>]*value="([^"]+)"', form)
    if not token:
        raise SystemExit("the login page has no token against forged requests")
    sent = {"username": user, "password": password, "csrf_token": token[1]}
    page.request.post(f"{address}/login/", form=sent, headers={"Referer": f"{address}/login/"})
    if not page.request.get(f"{address}/api/v1/me/").ok:
        raise SystemExit("Superset does not let the browser in")


def drawn(page: Page, charts: int) -> list[str]:
    """Waits until every chart has been drawn, which those further down are only when they come into sight."""
    page.wait_for_selector(".dashboard-component-chart-holder", timeout=120_000)
    holders = page.locator(".dashboard-component-chart-holder")
    height = page.evaluate("document.documentElement.scrollHeight")
    page.set_viewport_size({"width": 1440, "height": height + 200})
    said = [] if holders.count() == charts else [f"{holders.count()} charts stand on the dashboard, not {charts}"]
    page.wait_for_function(
        "charts => document.querySelectorAll("
        "'.slice_container canvas, .slice_container table, .header-line').length >= charts && !document.querySelector("
        "'.dashboard-component-chart-holder .loading, .dashboard-component-chart-holder [role=status]')",
        arg=charts,
        timeout=180_000,
    )
    # What is drawn moves into its place for a second.
    page.wait_for_timeout(2500)
    for alert in page.locator(".dashboard-component-chart-holder [role=alert]").all_inner_texts():
        said.append(f"a chart says: {alert}")
    return said
