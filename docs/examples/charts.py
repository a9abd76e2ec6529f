"""Draws four charts from the Parquet files of aftercall, without aftercall.

    pip install "duckdb<2" matplotlib
    python docs/examples/charts.py aftercall-data charts.png

It reads the folder with DuckDB, makes the views of the newest revisions from schemas/sql/views, and answers each chart with
one query. Take it as a beginning: any tool that reads Parquet can do the same.
"""

import pathlib
import sys

import duckdb
import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt

ROOT = pathlib.Path(__file__).resolve().parents[2]
TABLES = ["contacts", "turns", "summaries", "first_responses"]


def connect(data):
    connection = duckdb.connect()
    for table in TABLES:
        files = f"{data}/warehouse/{table}/*/*.parquet"
        connection.execute(
            f"CREATE VIEW {table}_all AS SELECT * FROM read_parquet('{files}', hive_partitioning = true, "
            "hive_types = {'dt': DATE})"
        )
        connection.execute(f"CREATE VIEW {table}_latest AS {(ROOT / f'schemas/sql/views/{table}_latest.sql').read_text()}")
    return connection


def volumes(connection, axes):
    rows = connection.execute(
        "SELECT dt, SUM(CASE WHEN channel = 'VOICE' THEN 1 ELSE 0 END), SUM(CASE WHEN channel = 'CHAT' THEN 1 ELSE 0 END) "
        "FROM contacts_latest WHERE disconnect_timestamp IS NOT NULL OR local_date IS NOT NULL GROUP BY dt ORDER BY dt"
    ).fetchall()
    days = [row[0].strftime("%d %b %Y") for row in rows]
    voice, chat = [row[1] for row in rows], [row[2] for row in rows]
    axes.bar(days, voice, label="voice")
    axes.bar(days, chat, bottom=voice, label="chat")
    axes.set_title("Contacts by day")
    axes.tick_params("x", labelrotation=30)
    axes.legend()


def moods(connection, axes):
    """Where customers began and where they ended: below the line it got worse."""
    rows = connection.execute(
        "SELECT sentiment_end_score_customer - sentiment_shift_customer, sentiment_end_score_customer FROM contacts_latest "
        "WHERE sentiment_shift_customer IS NOT NULL"
    ).fetchall()
    axes.plot([-5, 5], [-5, 5], color="grey", linewidth=0.8)
    axes.scatter([row[0] for row in rows], [row[1] for row in rows])
    axes.set(title="Customers' sentiment", xlabel="at the begin", ylabel="at the end", xlim=(-5.3, 5.3), ylim=(-5.3, 5.3))


def resolutions(connection, axes):
    rows = connection.execute(
        "SELECT COALESCE(resolution, 'unknown') AS resolution, COUNT(*) FROM contacts_latest GROUP BY 1 ORDER BY 2, 1"
    ).fetchall()
    axes.barh([row[0] for row in rows], [row[1] for row in rows])
    axes.set_title("How matters stood at the end")


def short(ids):
    """The beginnings of ids, eight letters or as many as it takes to tell them apart."""
    length = 8
    while len({one[:length] for one in ids}) < len(set(ids)):
        length += 1
    return [one[:length] for one in ids]


def talk(connection, axes):
    """The contacts with the most talk."""
    rows = connection.execute(
        "SELECT * FROM (SELECT contact_id, talk_time_agent_ms / 1000.0, talk_time_customer_ms / 1000.0, "
        "non_talk_time_total_ms / 1000.0, talk_time_total_ms FROM contacts_latest WHERE talk_time_total_ms IS NOT NULL "
        "ORDER BY talk_time_total_ms DESC, contact_id LIMIT 30) AS most ORDER BY talk_time_total_ms, contact_id"
    ).fetchall()
    places = range(len(rows))
    left = [0.0] * len(rows)
    for place, label in enumerate(["agent", "customer", "nobody"], start=1):
        widths = [row[place] or 0.0 for row in rows]
        axes.barh(places, widths, left=left, label=label)
        left = [before + width for before, width in zip(left, widths)]
    axes.set_yticks(places, short([row[0] for row in rows]))
    axes.set(title="Who talks", xlabel="seconds")
    axes.legend()


def main():
    data, picture = sys.argv[1], sys.argv[2]
    connection = connect(data)
    figure, axes = plt.subplots(2, 2, figsize=(12, 8), layout="constrained")
    for draw, place in zip([volumes, moods, resolutions, talk], axes.flat):
        draw(connection, place)
    figure.savefig(picture, dpi=90)
    print(f"{picture}: four charts")


if __name__ == "__main__":
    main()
