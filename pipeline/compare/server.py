"""The review as a program on loopback: it serves one sitting's pictures without names, and stores each vote."""

from __future__ import annotations

import asyncio
import hmac
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import msgspec
from aiohttp import web
from aiohttp.typedefs import Handler

from pipeline.compare.ballot import Ballot
from pipeline.compare.page import Cast, Seat, Shown, review_page
from pipeline.compare.picture import MEDIA_TYPE, blind_pictures
from pipeline.compare.sitting import Side, Sight, Sitting
from pipeline.compare.votes import Undo, Vote, append
from pipeline.errors import FluxsweepError
from pipeline.images.check import BadPicture

HOST = "127.0.0.1"
KEPT = 6

_SEALED = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


class _Taken(msgspec.Struct, frozen=True):
    id: str


class Review:
    """One sitting being served. `token` is the first part of every address; who does not know it gets nothing."""

    def __init__(self, folder: Path, sitting: Sitting, *, before: int, reveal: bool, token: str) -> None:
        self.sitting = sitting
        self.votes: dict[str, Vote] = {}
        self.token = token
        self._folder, self._before, self._reveal = folder, before, reveal
        self._sights = {sight.name: sight for sight in sitting.sights}
        self._names: dict[str, str] = {}
        self._pictures: dict[str, asyncio.Task[dict[Side, bytes]]] = {}
        self._writing = asyncio.Lock()
        self._told = False
        self.hosts: set[str] = set()

    def app(self) -> web.Application:
        """The application that serves it."""
        app = web.Application(middlewares=[self._guard], client_max_size=2**14)
        routes = [
            web.get("/{token}/", self._page),
            web.get("/{token}/p/{name}/{side:left|right|input}", self._picture),
            web.post("/{token}/votes", self._vote),
            web.post("/{token}/undo", self._undo),
        ]
        app.add_routes([*routes, *([web.get("/{token}/reveal", self._tell)] if self._reveal else [])])
        return app

    @web.middleware
    async def _guard(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Answer by our own names alone (another that leads to loopback is an attack), and to who has the token."""
        origin = request.headers.get("Origin")
        if request.host not in self.hosts or (origin is not None and origin.removeprefix("http://") not in self.hosts):
            response: web.StreamResponse = web.Response(status=403, text="Open the address that the program printed.")
        elif not hmac.compare_digest(request.raw_path.removeprefix("/").partition("/")[0], self.token):
            response = web.Response(status=404, text="There is nothing here.")
        else:
            try:
                response = await handler(request)
            except web.HTTPException as refusal:
                response = web.Response(status=refusal.status, text=refusal.reason)
        for name, value in _SEALED.items():
            response.headers.setdefault(name, value)
        return response

    async def _page(self, _: web.Request) -> web.Response:
        seat = Seat(
            ask=self.sitting.ask,
            sights=[_shown(sight) for sight in self.sitting.sights],
            before=self._before,
            reveal=self._reveal,
            cast=[Cast(vote.id, self._names[vote.id], vote.choice) for vote in self.votes.values()],
        )
        # The page's own policy, in its head, allows more than the one that answers carry by default.
        return web.Response(
            body=review_page(seat),
            content_type="text/html",
            charset="utf-8",
            headers={"Content-Security-Policy": "frame-ancestors 'none'"},
        )

    async def _picture(self, request: web.Request) -> web.Response:
        sight = self._sights.get(request.match_info["name"])
        side: Any = request.match_info["side"]
        if sight is None:
            raise web.HTTPNotFound
        try:
            pictures = await asyncio.shield(self._blind(sight))
        except (BadPicture, OSError):
            # Neither which of the two nor why: both could tell arms apart.
            return web.Response(status=500, text="This picture cannot be shown.")
        if side not in pictures:
            raise web.HTTPNotFound
        return web.Response(body=pictures[side], content_type=MEDIA_TYPE)

    def _blind(self, sight: Sight) -> asyncio.Task[dict[Side, bytes]]:
        """Both sides are made at once, so that no answer comes sooner than the other; a few are kept."""
        making = self._pictures.pop(sight.name, None)
        if making is None:
            making = asyncio.ensure_future(asyncio.to_thread(blind_pictures, self._folder, sight))
        self._pictures[sight.name] = making
        while len(self._pictures) > KEPT:
            del self._pictures[next(iter(self._pictures))]
        return making

    async def _vote(self, request: web.Request) -> web.Response:
        try:
            ballot = msgspec.json.decode(await request.read(), type=Ballot)
        except msgspec.DecodeError as error:
            return web.Response(status=400, text=str(error))
        sight = self._sights.get(ballot.name)
        if sight is None:
            return web.Response(status=404, text="this pair is not in this review; reload the page")
        vote = vote_on(sight, self.sitting, ballot, at=time.time())
        async with self._writing:
            if ballot.id not in self.votes:
                self._refuse_if_told()
                await self._store(vote)
                self.votes[vote.id], self._names[vote.id] = vote, ballot.name
        return web.json_response({"stored": vote.id})

    async def _undo(self, request: web.Request) -> web.Response:
        try:
            taken = msgspec.json.decode(await request.read(), type=_Taken)
        except msgspec.DecodeError as error:
            return web.Response(status=400, text=str(error))
        async with self._writing:
            if taken.id in self.votes:
                self._refuse_if_told()
                await self._store(Undo(id=taken.id, reviewer=self.sitting.reviewer, at=time.time()))
                del self.votes[taken.id]
        return web.json_response({"undone": taken.id})

    async def _store(self, mark: Vote | Undo) -> None:
        """Raises what the page shows when the disk refused."""
        try:
            await asyncio.to_thread(append, self._folder, [mark])
        except FluxsweepError as error:
            raise web.HTTPInternalServerError(reason=" ".join(str(error).split())) from error

    async def _tell(self, _: web.Request) -> web.Response:
        """Who won in this sitting: only once every pair of it is judged, and then no vote of it changes any more."""
        async with self._writing:
            if {self._names[vote] for vote in self.votes} < set(self._sights):
                raise web.HTTPForbidden
            self._told = True
        return web.json_response(tally_of(self.votes.values()))

    def _refuse_if_told(self) -> None:
        if self._told:
            raise web.HTTPConflict(reason="who won is known, and this sitting is blind no more")


def vote_on(sight: Sight, sitting: Sitting, ballot: Ballot, *, at: float) -> Vote:
    """The vote that a ballot means, once it is known what was shown where."""
    return Vote(
        id=ballot.id,
        axis=sitting.axis,
        left=sight.left.key,
        right=sight.right.key,
        arms=sight.arms,
        choice=ballot.choice,
        reviewer=sitting.reviewer,
        sitting=sitting.id,
        seconds=ballot.seconds,
        at=at,
        ask=sitting.ask,
    )


def tally_of(votes: Iterable[Vote]) -> list[dict[str, Any]]:
    """For the end page: of each arm how often it won, lost, or neither."""
    won: Counter[str] = Counter()
    lost: Counter[str] = Counter()
    neither: Counter[str] = Counter()
    for vote in votes:
        left, right = vote.arms
        if vote.choice in ("left", "right"):
            winner, loser = (left, right) if vote.choice == "left" else (right, left)
            won[winner] += 1
            lost[loser] += 1
        else:
            neither.update(vote.arms)
    return [
        {"arm": arm, "won": won[arm], "lost": lost[arm], "neither": neither[arm]}
        for arm in sorted({*won, *lost, *neither})
    ]


def _shown(sight: Sight) -> Shown:
    at = f"p/{sight.name}"
    return Shown(sight.name, f"{at}/left", f"{at}/right", f"{at}/input" if sight.input else "", sight.about)


async def serve(review: Review, port: int, listening: Callable[[str], None]) -> None:
    """Serve `review` until SIGINT or SIGTERM; `listening` gets the address once it is there.

    Raises:
        FluxsweepError: the port is taken.
    """
    stop = asyncio.Event()
    for sign in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(sign, stop.set)
    runner = web.AppRunner(review.app(), access_log=None, shutdown_timeout=0.5)
    await runner.setup()
    try:
        site = web.TCPSite(runner, HOST, port)
        try:
            await site.start()
        except OSError as error:
            raise FluxsweepError(f"--port {port}: {error.strerror}; leave it out to take any that is free") from None
        bound = runner.addresses[0][1]
        review.hosts |= {f"{HOST}:{bound}", f"localhost:{bound}"}
        listening(f"http://{HOST}:{bound}/{review.token}/")
        await stop.wait()
    finally:
        await runner.cleanup()
