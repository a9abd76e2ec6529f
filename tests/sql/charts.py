"""Draws the charts of docs/examples from a data folder, and looks whether every contact has a bar of its own.

    python tests/sql/charts.py DATA

`cargo xtask sql` does it.
"""

import pathlib
import subprocess
import sys
import tempfile

import duckdb

ROOT = pathlib.Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "docs/examples"
sys.path.insert(0, str(EXAMPLES))
import charts  # noqa: E402


def draws(data):
    with tempfile.TemporaryDirectory() as folder:
        picture = pathlib.Path(folder) / "charts.png"
        subprocess.run([sys.executable, EXAMPLES / "charts.py", data, picture], check=True, stdout=subprocess.DEVNULL)
        assert picture.read_bytes().startswith(b"\x89PNG"), "charts.py draws no picture"


def a_bar_a_contact():
    connection = duckdb.connect()
    connection.execute(
        "CREATE TABLE contacts_latest AS SELECT * FROM (VALUES ('import-2026-a', 1000, 2000, 500, 3000), "
        "('import-2026-b', 2000, 2000, 0, 4000), ('other', 100, NULL, NULL, 100)) AS given (contact_id, "
        "talk_time_agent_ms, talk_time_customer_ms, non_talk_time_total_ms, talk_time_total_ms)"
    )
    figure, axes = charts.plt.subplots()
    charts.talk(connection, axes)
    bars = {round(bar.get_y(), 3) for bar in axes.patches}
    labels = [label.get_text() for label in axes.get_yticklabels()]
    charts.plt.close(figure)
    assert len(bars) == 3, f"three contacts have {len(bars)} bars"
    assert labels == ["other", "import-2026-a", "import-2026-b"], f"labels that tell contacts apart: {labels}"


def main():
    draws(sys.argv[1])
    a_bar_a_contact()
    print("docs/examples/charts.py draws a bar for every contact")


if __name__ == "__main__":
    main()
