"""Stops files that are too large while they arrive: neither in memory nor on the disk is anything kept."""

from typing import Any

from django.core.files.uploadhandler import FileUploadHandler, StopUpload

from partners.imports.tables import ON_SCREEN

ROOM_FOR_THE_FORM = 1_000_000


def is_too_large(length: int) -> bool:
    """Whether a request of so many bytes holds a larger file than can be imported on the screen."""
    return length > ON_SCREEN.size + ROOM_FOR_THE_FORM


class LimitedUploadHandler(FileUploadHandler):
    """Comes before Django's own. What is too large is read to its end, or no answer would be shown."""

    def handle_raw_input(
        self,
        input_data: Any,  # noqa: ARG002 - Django's signature
        META: Any,  # noqa: ARG002, N803
        content_length: int,
        boundary: Any,  # noqa: ARG002
        encoding: Any = None,  # noqa: ARG002
    ) -> None:
        """Look at how much is said to come."""
        self.refuses = is_too_large(content_length)

    def new_file(self, *args: Any, **kwargs: Any) -> None:  # noqa: ARG002
        """Keep nothing of a file that is too large."""
        if self.refuses:
            raise StopUpload(connection_reset=False)

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes:  # noqa: ARG002
        """Hand it on."""
        return raw_data

    def file_complete(self, file_size: int) -> None:  # noqa: ARG002
        """Those behind have it."""
        return
