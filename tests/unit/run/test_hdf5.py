import h5py
import numpy as np
import pytest
from support import from_elsewhere

from expact_utils.run.errors import InputError
from expact_utils.run.files import atomic
from expact_utils.run.hdf5 import check_format, open_hdf5, read_array, read_attribute


@pytest.fixture
def path(tmp_path):
    with atomic(tmp_path / "a.h5") as partial, h5py.File(partial, "w") as file:
        file["x"] = np.arange(5)
        file.create_group("group")
        file.attrs["number"] = 7
        file.attrs["format_version"] = 2
    return tmp_path / "a.h5"


def test_arrays_and_attributes(path):
    with open_hdf5(path, "a file") as file:
        np.testing.assert_array_equal(read_array(file, "x"), np.arange(5))
        assert read_attribute(file, "number", int) == 7
        check_format(file, 2)


@pytest.mark.parametrize(
    ("read", "sentence"),
    [
        (lambda file: read_array(file, "y"), "dataset y is missing"),
        (lambda file: read_array(file, "group"), "dataset group is missing"),
        (lambda file: read_attribute(file, "text", str), "attribute text is missing"),
        (lambda file: read_attribute(file, "number", list), "attribute number is .*7.*; expected another type"),
        (lambda file: check_format(file, 3), "format version 2; expected 3"),
    ],
)
def test_what_is_not_there_is_named(path, read, sentence):
    with open_hdf5(path, "a file") as file, pytest.raises(InputError, match=f"a.h5: {sentence}"):
        read(file)


def test_a_file_that_is_missing_damaged_or_none(path, tmp_path):
    with (
        pytest.raises(InputError, match="absent.h5 does not exist; expected a file of mine"),
        open_hdf5(tmp_path / "absent.h5", "a file of mine"),
    ):
        pass
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(InputError, match="a.h5 is not as it was written"), open_hdf5(path, "a file"):
        pass
    with (
        pytest.raises(InputError, match="a.h5 is not a readable HDF5 file, perhaps cut short"),
        open_hdf5(from_elsewhere(path), "a file"),
    ):
        pass
