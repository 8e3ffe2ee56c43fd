"""Draws what a terminal shows as an SVG: `tmux capture-pane -e -p | python terminal.py > terminal.svg`."""

import html
import re
import sys

WIDTH, HEIGHT, COLUMNS = 8.4, 18, 80
STYLES = {"1": "bold", "2": "dim", "31": "red", "32": "green", "33": "yellow", "34": "blue", "36": "cyan", "91": "red", "94": "blue"}
# As attributes: not everything that shows an SVG reads its style sheet.
LOOKS = {
    "bold": 'font-weight="bold"',
    "dim": 'fill="#7b869b"',
    "red": 'fill="#ff7b72"',
    "green": 'fill="#7ee787"',
    "yellow": 'fill="#e3b341"',
    "blue": 'fill="#79c0ff"',
    "cyan": 'fill="#76e3ea"',
}


def runs(line, styles):
    """The pieces of a line with their column, text and styles; what is on at its end stays on."""
    column = 0
    for piece in re.split(r"(\x1b\[[0-9;]*m)", line):
        if piece.startswith("\x1b["):
            for code in piece[2:-1].split(";"):
                if code in ("", "0", "22"):
                    styles.clear()
                elif code == "39":
                    styles.intersection_update({"bold", "dim"})
                elif code in STYLES:
                    styles.add(STYLES[code])
        elif piece:
            yield column, piece, " ".join(LOOKS[style] for style in sorted(styles))
            column += len(piece)


lines = sys.stdin.read().rstrip("\n").split("\n")
width, height = COLUMNS * WIDTH + 32, len(lines) * HEIGHT + 30
print(f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height}" role="img">')
print('<rect width="100%" height="100%" rx="8" fill="#161b22"/>')
print("""<g font-family="'DejaVu Sans Mono', Menlo, Consolas, monospace" font-size="14" fill="#d8dee9">""")
now = set()
for number, line in enumerate(lines):
    for column, text, style in runs(line, now):
        if text.strip():
            x, y, length = 16 + column * WIDTH, 28 + number * HEIGHT, len(text) * WIDTH
            print(
                f'<text x="{x:.1f}" y="{y}" {style} textLength="{length:.1f}" '
                f'xml:space="preserve">{html.escape(text)}</text>'
            )
print("</g></svg>")
