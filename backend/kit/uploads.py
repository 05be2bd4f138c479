"""Files in forms: no form of ours has one, and nobody may fill a disk before they sign in."""

from typing import Any, NoReturn

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.core.files.uploadhandler import FileUploadHandler, StopUpload


class NoFiles(FileUploadHandler):
    """Refuse forms that are larger than any of ours, and drop what else has a file."""

    def handle_raw_input(
        self,
        input_data: Any,
        META: Any,  # noqa: N803 (Django's)
        content_length: int,
        boundary: Any,
        encoding: Any = None,
    ) -> None:
        """Look at the length alone: Django counts the fields of a form, not its files."""
        if content_length > settings.DATA_UPLOAD_MAX_MEMORY_SIZE:
            raise RequestDataTooBig("Larger than any form of ours.")

    def new_file(self, *args: Any, **kwargs: Any) -> NoReturn:
        """Read no further."""
        raise StopUpload(connection_reset=True)

    def receive_data_chunk(self, raw_data: Any, start: int) -> None:
        """Keep nothing."""

    def file_complete(self, file_size: int) -> None:
        """Give no file."""
