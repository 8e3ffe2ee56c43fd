"""Holds every contract to the Open Data Contract Standard, as `datacontract lint` does, in one process for all.

    lint_contracts.py FILE.odcs.yaml …

A warning is no finding: it says of a rule that datacontract cannot carry it out itself, and sopmart does that.
"""

import logging
import sys

from datacontract.data_contract import DataContract


def main() -> int:
    logging.disable(logging.CRITICAL)
    findings = 0
    for file in sys.argv[1:]:
        run = DataContract(data_contract_file=file).lint()
        broken = [check for check in run.checks if check.result not in ("passed", "warning")]
        # A file of another kind is no error to datacontract, which turns it into a contract by itself.
        is_odcs = any(check.result == "passed" and "valid against ODCS" in check.name for check in run.checks)
        if broken or not is_odcs:
            findings += 1
            for check in broken:
                print(f"{file}: {check.name}: {check.reason}", file=sys.stderr)
            if not broken:
                print(f"{file}: is not a contract of the Open Data Contract Standard", file=sys.stderr)
    print(f"{len(sys.argv) - 1} contracts, {findings} of them with findings")
    return 1 if findings else 0


if __name__ == "__main__":
    sys.exit(main())
