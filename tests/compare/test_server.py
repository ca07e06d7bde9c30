"""The program that serves a review: nothing that it says tells arms apart, and what it stored is stored."""

from __future__ import annotations

import http.client
import json
import os
import secrets
import signal
import threading
from contextlib import suppress
from io import BytesIO
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from PIL import Image

from pipeline.compare.votes import Vote, read_marks, standing
from tests.compare.gallery import Gallery, teapots
from tests.compare.served import Served, serving


def ballot(name: str, choice: str = "left", seconds: float = 1.0) -> dict[str, object]:
    return {"id": secrets.token_hex(16), "name": name, "choice": choice, "seconds": seconds}


def test_nothing_that_leaves_the_program_tells_the_arms_apart(tmp_path: Path) -> None:
    gallery = Gallery(tmp_path / "job")
    arms = {"zebra": ((96, 64), "image/png"), "yak": ((128, 128), "image/jpeg")}
    photo = gallery.input("teal")
    for arm, (gallery.size, gallery.media_type) in arms.items():
        for seed in (1, 2, 3):
            gallery.add({"prompt": arm, "seed": seed}, f"a {arm} at dusk", input_image=photo)
    folder = gallery.write()
    with serving(folder, "--ask", "which is calmer") as served:
        seat = served.seat()
        for sight in seat["sights"]:
            sides = [served.get(sight[side]) for side in ("left", "right")]
            headers = [sorted((name, value) for name, value in side.headers.items()) for side in sides]
            told = [{pair for pair in side if pair[0] not in ("Content-Length", "Date")} for side in headers]
            assert told[0] == told[1]
            pictures = [Image.open(BytesIO(side.body)) for side in sides]
            assert {picture.format for picture in pictures} == {"JPEG"}
            assert all(picture.width <= 96 and picture.height <= 64 for picture in pictures)
            assert served.get(sight["input"]).status == 200
            assert served.post("votes", ballot(sight["name"])).status == 200
    assert len(seat["sights"]) == 3
    secret = [*arms, "label-", "images/", str(folder), photo.sha256]
    secret += [word for row in gallery.rows() for word in (row.key, row.key[:8], row.sha256) if word]
    for reply in served.replies:
        everything = reply.body + str(reply.headers).encode()
        assert [word for word in secret if word.encode() in everything] == []


def test_sides_and_order_change_from_sitting_to_sitting(tmp_path: Path) -> None:
    folder = teapots(tmp_path, seeds=12).write()
    seats = []
    for reviewer in ("anna", "ben"):
        with serving(folder, "--reviewer", reviewer) as served:
            seats.append([sight["name"] for sight in served.seat()["sights"]])
            for name in seats[-1]:
                served.post("votes", ballot(name))
    assert not set(seats[0]) & set(seats[1])
    votes = standing(read_marks(folder))
    shown = [[(vote.pair, vote.arms[0]) for vote in votes if vote.reviewer == who] for who in ("anna", "ben")]
    assert [sum(left == "lit" for _, left in sides) for sides in shown] == [12, 12]
    assert sorted(pair for pair, _ in shown[0]) == sorted(pair for pair, _ in shown[1])
    # 24 pairs in the same order, or all on the same sides, would be one chance in 10^23, or in 10^6.
    assert [pair for pair, _ in shown[0]] != [pair for pair, _ in shown[1]]
    assert set(shown[0]) != set(shown[1])


def test_a_prompt_is_shown_only_where_both_have_it(tmp_path: Path) -> None:
    gallery = Gallery(tmp_path)
    for model in ("flux-dev", "flux-2-pro"):
        gallery.add({"model": model, "prompt": "p", "seed": 1, "scene": "oak"}, "a teapot, whoever made it")
        gallery.add({"model": model, "prompt": "q", "seed": 1, "scene": "oak"}, "a cat, whoever made it")
    folder = gallery.write()
    with serving(folder, axis="model") as served:
        assert {sight["about"] for sight in served.seat()["sights"]} == {
            "a teapot, whoever made it",
            "a cat, whoever made it",
        }
    with serving(folder, axis="prompt") as served:
        assert [sight["about"] for sight in served.seat()["sights"]] == ["oak", "oak"]


def test_words_that_one_arm_alone_has_are_not_shown(tmp_path: Path) -> None:
    gallery = Gallery(tmp_path)
    for seed in range(1, 9):
        gallery.add({"model": "flux-dev", "seed": seed, "place": "oak"}, "a teapot")
        gallery.add({"model": "flux-2-pro", "seed": seed, "place": "oak", "mood": "low"}, "a low teapot")
    with serving(gallery.write(), axis="model") as served:
        assert [sight["about"] for sight in served.seat()["sights"]] == ["oak"] * 8


def test_the_input_is_shown_also_where_models_call_it_by_different_names(tmp_path: Path) -> None:
    gallery = Gallery(tmp_path)
    photo, other = gallery.input("teal"), gallery.input("red")
    gallery.add({"model": "flux-dev", "seed": 1}, input_image=photo)
    gallery.add({"model": "flux-2-pro", "seed": 1}, image=photo)
    gallery.add({"model": "flux-dev", "seed": 2}, input_image=photo)
    gallery.add({"model": "flux-2-pro", "seed": 2}, image=other)
    with serving(gallery.write(), axis="model") as served:
        inputs = [sight["input"] for sight in served.seat()["sights"]]
        shown = [served.get(address).status for address in inputs if address]
    assert (len(inputs), shown) == (2, [200])


@pytest.mark.parametrize("answers", [1, 7])
def test_what_was_answered_survives_a_kill_and_the_next_sitting_goes_on(tmp_path: Path, answers: int) -> None:
    folder = teapots(tmp_path, seeds=12).write()
    sent, answered = [], []
    with serving(folder, "--reviewer", "anna") as served:
        killer = threading.Thread(target=os.kill, args=(served.program.pid, signal.SIGKILL))
        with suppress(OSError, http.client.HTTPException):
            for sight in served.seat()["sights"]:
                vote = ballot(sight["name"])
                sent.append(vote["id"])
                served.post("votes", vote)
                answered.append(vote["id"])
                if len(answered) == answers:
                    killer.start()
        killer.join()
    stored = [mark.id for mark in read_marks(folder)]
    assert stored in (sent, sent[:-1])
    assert stored[: len(answered)] == answered
    with serving(folder, "--reviewer", "anna") as served:
        seat = served.seat()
    assert (seat["before"], len(seat["sights"])) == (len(stored), 24 - len(stored))


def test_a_vote_sent_twice_counts_once_and_an_undo_takes_it_back(tmp_path: Path) -> None:
    folder = teapots(tmp_path).write()
    with serving(folder) as served:
        first, second = served.seat()["sights"][:2]
        vote = ballot(first["name"])
        assert [served.post("votes", vote).status for _ in range(2)] == [200, 200]
        served.post("votes", ballot(second["name"], "tie"))
        assert [one["choice"] for one in served.seat()["cast"]] == ["left", "tie"]
        assert [served.post("undo", {"id": vote["id"]}).status for _ in range(2)] == [200, 200]
        assert [one["choice"] for one in served.seat()["cast"]] == ["tie"]
    marks = read_marks(folder)
    assert [isinstance(mark, Vote) for mark in marks] == [True, True, False]
    assert [vote.choice for vote in standing(marks)] == ["tie"]


def test_two_reviewers_vote_at_once_each_in_a_program_of_their_own(tmp_path: Path) -> None:
    folder = teapots(tmp_path, seeds=6).write()
    with serving(folder, "--reviewer", "anna") as anna, serving(folder, "--reviewer", "ben") as ben:
        for one, other in zip(anna.seat()["sights"], ben.seat()["sights"], strict=True):
            anna.post("votes", ballot(one["name"]))
            ben.post("votes", ballot(other["name"], "bad"))
    votes = standing(read_marks(folder))
    assert [sum(vote.reviewer == who for vote in votes) for who in ("anna", "ben")] == [12, 12]


def status_of(served: Served, path: str, **headers: str) -> int:
    """Of a request whose head is wholly ours."""
    place = urlsplit(served.address)
    connection = http.client.HTTPConnection(place.netloc)
    connection.request("GET", path, headers=headers)
    status = connection.getresponse().status
    connection.close()
    return status


def test_only_who_has_the_address_is_answered_and_only_by_our_own_name(tmp_path: Path) -> None:
    with serving(teapots(tmp_path).write()) as served:
        place = urlsplit(served.address)
        assert status_of(served, place.path) == 200
        assert status_of(served, place.path, Host=f"localhost:{place.port}") == 200
        assert status_of(served, place.path, Host=f"evil.test:{place.port}") == 403
        assert status_of(served, place.path, Origin="https://evil.test") == 403
        assert status_of(served, "/") == 404
        assert status_of(served, f"/{'a' * 24}/") == 404
        assert status_of(served, f"{place.path}p/{'0' * 24}/left") == 404
        assert status_of(served, f"{place.path}reveal") == 404
        reply = served.get()
    assert reply.headers["Cache-Control"] == "no-store"
    assert "frame-ancestors 'none'" in reply.headers["Content-Security-Policy"]


def test_a_vote_that_no_page_sends_is_refused_and_not_stored(tmp_path: Path) -> None:
    folder = teapots(tmp_path).write()
    with serving(folder) as served:
        good = ballot(served.seat()["sights"][0]["name"])
        for wrong in ({"choice": "up"}, {"seconds": -1}, {"id": "short"}, {"name": 7}, {"seconds": 1e99}):
            assert served.post("votes", good | wrong).status == 400
        assert served.post("votes", good | {"name": "0" * 24}).status == 404
    assert read_marks(folder) == []


def test_who_won_is_told_at_the_end_alone_and_only_if_wished(tmp_path: Path) -> None:
    folder = teapots(tmp_path, seeds=1).write()
    with serving(folder, "--reveal") as served:
        first, second = served.seat()["sights"]
        served.post("votes", ballot(first["name"], "tie"))
        assert served.get("reveal").status == 403
        served.post("votes", ballot(second["name"], "bad"))
        told = json.loads(served.get("reveal").body)
        (cast, _) = served.seat()["cast"]
        assert served.post("undo", {"id": cast["id"]}).status == 409
        assert served.post("votes", ballot(first["name"], "left")).status == 409
    assert told == [{"arm": arm, "won": 0, "lost": 0, "neither": 2} for arm in ("lit", "plain")]
    assert [vote.choice for vote in standing(read_marks(folder))] == ["tie", "bad"]


def test_a_picture_that_does_not_decode_says_nothing_but_that(tmp_path: Path) -> None:
    gallery = teapots(tmp_path, seeds=1)
    folder = gallery.write()
    for row in gallery.rows():
        if row.axes["prompt"] == "lit" and row.file:
            (folder / row.file).write_bytes(b"\x89PNG\r\n\x1a\n".ljust(row.bytes or 0, b"\0"))
    with serving(folder) as served:
        sight = served.seat()["sights"][0]
        replies = [served.get(sight[side]) for side in ("left", "right")]
    assert [(reply.status, reply.body) for reply in replies] == [(500, b"This picture cannot be shown.")] * 2
