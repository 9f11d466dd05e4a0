"""The lanes of channels: what is told by itself, in an order of its own.

A channel is one lane; of mail each recipient is one, so that one whom the server puts off is tried again
alone, and nobody gets a letter twice for it.
"""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from hashlib import blake2b

from kansoku.settings.channels import Channel, Mail

_MARK = "/"
"""Stands in no channel's name."""


def lanes(channels: Iterable[Channel]) -> dict[str, Channel]:
    """By the name of each lane, the channel as it is told there.

    The name is kept on the disk, so there is no address in it.
    """
    return {name: one for channel in channels for name, one in _lanes(channel).items()}


def channel_of(lane: str) -> str:
    """The name of the channel that the lane is of."""
    return lane.partition(_MARK)[0]


def _lanes(channel: Channel) -> Mapping[str, Channel]:
    name = channel.common.name
    if not isinstance(channel, Mail):
        return {name: channel}
    return {
        f"{name}{_MARK}{blake2b(to.encode(), digest_size=8).hexdigest()}": replace(
            channel, to=(to,), everyone=channel.to
        )
        for to in channel.to
    }
