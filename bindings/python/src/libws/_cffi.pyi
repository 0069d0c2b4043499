"""The C functions as cffi has them, made from ws.h."""
from typing import Any

ffi: Any
lib: Any
