import dataclasses

import numpy as np
import pytest

from benchmarks.album import Album


@pytest.fixture
def paths(photos):
    return {path.name: path for path in sorted(photos.glob("val/*/*.jpg"))[::9]}


def test_an_interrupted_album_goes_on_where_it_stopped(paths, pack, tmp_path):
    def interrupt(share):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        Album.open(tmp_path / "album.npz", pack).add(paths, pack, interrupt)
    again = Album.open(tmp_path / "album.npz", pack)
    assert list(again.photos) == list(paths)[:1]
    again.add(paths, pack, lambda share: None)
    assert list(again.photos) == list(paths)


def test_a_saved_album_holds_what_was_read(paths, pack, tmp_path):
    album = Album.open(tmp_path / "album.npz", pack)
    album.add(paths, pack, lambda share: None)
    again = Album.open(tmp_path / "album.npz", pack)
    for name, photo in album.photos.items():
        assert np.array_equal(again.photos[name].central, photo.central)
        assert again.photos[name].refusal is photo.refusal
        assert (again.photos[name].larger is None) == (photo.larger is None)


def test_an_album_of_another_pack_is_not_used(paths, pack, tmp_path):
    Album.open(tmp_path / "album.npz", pack).add(paths, pack, lambda share: None)
    crop = dataclasses.replace(pack.manifest.crop, stretch_x=1.0)
    manifest = dataclasses.replace(pack.manifest, crop=crop)
    other = dataclasses.replace(pack, manifest=manifest)
    assert not Album.open(tmp_path / "album.npz", other).photos
