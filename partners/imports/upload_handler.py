"""Stops files that are too large while they arrive: neither in memory nor on the disk is anything kept."""

from typing import Any

from django.core.files.uploadhandler import FileUploadHandler, StopUpload

from partners.core.limits import limits

MAX_FORM_BYTES = 1_000_000
CHUNK_BYTES = 1 << 16


def is_too_large(length: int) -> bool:
    """Whether a request of so many bytes holds a larger file than can be imported on the screen."""
    return length > limits().import_max_bytes + MAX_FORM_BYTES


class LimitedUploadHandler(FileUploadHandler):
    """Comes before Django's own.

    What is too large is read to its end, piece by piece, or the browser would show no answer. The fields
    before the file are kept, so that the answer is that of the form.
    """

    def handle_raw_input(
        self,
        input_data: Any,
        META: Any,  # noqa: ARG002, N803 - Django's signature
        content_length: int,
        boundary: Any,  # noqa: ARG002 - Django's signature
        encoding: Any = None,  # noqa: ARG002 - Django's signature
    ) -> None:
        """Look at how much is said to come."""
        self.arriving = input_data
        self.refuses = is_too_large(content_length)

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        """Keep nothing of a file that is too large."""
        if self.refuses:
            # Django would read it line by line, and a file may be one line.
            while self.arriving.read(CHUNK_BYTES):
                pass
            raise StopUpload(connection_reset=True)

    def receive_data_chunk(self, raw_data: bytes, start: int) -> bytes:  # noqa: ARG002 - Django's signature
        return raw_data

    def file_complete(self, file_size: int) -> None:  # noqa: ARG002 - Django's signature
        """Those behind have it."""
        return
