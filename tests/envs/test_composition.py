"""Importing dm_control must not choose an OpenGL backend for the whole process."""

import os
import subprocess
import sys

import pytest

_CODE = """
import os
from lacelab.envs.composition import mjcf
print(os.environ.get('MUJOCO_GL'), os.environ.get('PYOPENGL_PLATFORM'), mjcf.RootElement.__name__)
"""


@pytest.mark.parametrize(("wanted", "printed"), [(None, "None None"), ("egl", "egl egl")])
def test_import_is_quiet_and_chooses_nothing(wanted: str | None, printed: str) -> None:
    """Without a wish, PyOpenGL stays free to use OSMesa; MuJoCo itself follows a wish."""
    names = ("MUJOCO_GL", "PYOPENGL_PLATFORM", "DISPLAY")
    environment = {name: value for name, value in os.environ.items() if name not in names}
    environment |= {"PYTHONPATH": os.pathsep.join(sys.path)} | ({"MUJOCO_GL": wanted} if wanted else {})
    done = subprocess.run([sys.executable, "-c", _CODE], env=environment, capture_output=True, text=True, check=True)
    assert done.stdout == f"{printed} RootElement\n" and done.stderr == ""
