"""The data sets that are known by name: what they are, whose, and where they are fetched."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from gpunet.datasets import digests
from gpunet.datasets.places import embedded, roots

TEN = tuple("0123456789")
LETTERS = tuple("abcdefghijklmnopqrstuvwxyz")
CLOTHES = (
    *("T-shirt/top", "Trouser", "Pullover", "Dress", "Coat"),
    *("Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot"),
)
KANA = ("o", "ki", "su", "tsu", "na", "ha", "ma", "ya", "re", "wo")
# Small letters that are written as the large ones are counted with these.
BALANCED = (*TEN, *(letter.upper() for letter in LETTERS), *"abdefghnqrt")


@dataclass(frozen=True)
class NamedDataset:
    """A data set known by its name.

    Attributes:
        name: as it is given to `load_dataset`.
        about: how many samples, of what.
        licence: under which it is published.
        source: whom to cite, and where it is described.
        digests: of each file, by its name without `.gz`; "" where none is published.
        packed: whether the digests are those of the gzipped files.
        samples: how many there are in all files.
        mirrors: folders on the web that hold the files, `.gz` behind their names, or the archive.
        archive: a zip file in which the files lie, and its digest.
        classes: the name of each label.
        first_label: the label of the first class in the files.
    """

    name: str
    about: str
    licence: str
    source: str
    digests: Mapping[str, str] = field(repr=False)
    samples: int
    packed: bool = True
    mirrors: tuple[str, ...] = ()
    archive: tuple[str, str] | None = None
    classes: tuple[str, ...] = TEN
    first_label: int = 0

    @property
    def in_package(self) -> bool:
        """Whether it comes with gpunet."""
        return not self.mirrors

    def find(self) -> Path | None:
        """The first folder that holds all its files, or None.

        GPUNET_DATA may name the folder that holds a folder of its name; for MNIST, the files
        themselves, too.

        Raises:
            InputError: GPUNET_DATA names no folder.
        """
        if self.in_package:
            return embedded(self.name)
        places = [root / self.name for root in roots()]
        if self.name == "mnist":
            places = [place for each in places for place in (each, each.parent)]
        return next((p for p in places if all(find_file(p, n) for n in self.digests)), None)


def find_file(folder: Path, name: str) -> Path | None:
    """The file of that name in a folder, gzipped or plain, or None."""
    return next((p for p in (folder / f"{name}.gz", folder / name) if p.is_file()), None)


def emnist(kind: str, about: str, samples: int, classes: tuple[str, ...]) -> NamedDataset:
    """One of the data sets in EMNIST's archive."""
    stem = f"emnist-{kind}"
    files = [
        f"{stem}-{split}-{what}-ubyte"
        for split in ("train", "test")
        for what in ("images-idx3", "labels-idx1")
    ]
    return NamedDataset(
        stem,
        about,
        "none stated; made from NIST Special Database 19",
        "G. Cohen, S. Afshar, J. Tapson, A. van Schaik 2017, arXiv:1702.05373",
        dict.fromkeys(files, ""),
        samples,
        mirrors=(
            "https://biometrics.nist.gov/cs_links/EMNIST/",
            "https://www.itl.nist.gov/iaui/vip/cs_links/EMNIST/",
        ),
        archive=("gzip.zip", digests.EMNIST_ZIP),
        classes=classes,
        first_label=1 if kind == "letters" else 0,
    )


def by_name(datasets: Iterable[NamedDataset]) -> dict[str, NamedDataset]:
    return {each.name: each for each in datasets}


DATASETS = by_name(
    (
        NamedDataset(
            "digits",
            "1,797 digits of 8 × 8 pixels, embedded",
            "CC BY 4.0",
            "E. Alpaydin, C. Kaynak 1998, https://doi.org/10.24432/C50P49",
            digests.DIGITS,
            1_797,
            packed=False,
        ),
        NamedDataset(
            "mnist",
            "70,000 digits of 28 × 28 pixels",
            "CC BY-SA 3.0",
            "Y. LeCun, C. Cortes, C. Burges, http://yann.lecun.com/exdb/mnist/",
            digests.MNIST,
            70_000,
            packed=False,
            mirrors=(
                "https://ossci-datasets.s3.amazonaws.com/mnist/",
                "https://storage.googleapis.com/cvdf-datasets/mnist/",
                "https://raw.githubusercontent.com/fgnt/mnist/master/",
            ),
        ),
        NamedDataset(
            "fashion-mnist",
            "70,000 pictures of clothes, 28 × 28 pixels",
            "MIT",
            "H. Xiao, K. Rasul, R. Vollgraf 2017, https://github.com/zalandoresearch/fashion-mnist",
            digests.FASHION_MNIST,
            70_000,
            mirrors=(
                "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
                "https://storage.googleapis.com/tensorflow/tf-keras-datasets/",
                "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/",
            ),
            classes=CLOTHES,
        ),
        NamedDataset(
            "kmnist",
            "70,000 cursive kana of 28 × 28 pixels",
            "CC BY-SA 4.0",
            "CODH, adapted from NIJL and others, doi:10.20676/00000341; T. Clanuwat et al. 2018, "
            "arXiv:1812.01718",
            digests.KMNIST,
            70_000,
            mirrors=("http://codh.rois.ac.jp/kmnist/dataset/kmnist/",),
            classes=KANA,
        ),
        emnist("digits", "280,000 digits of 28 × 28 pixels", 280_000, TEN),
        emnist("letters", "145,600 letters of 28 × 28 pixels, large and small", 145_600, LETTERS),
        emnist("balanced", "131,600 digits and letters of 28 × 28 pixels", 131_600, BALANCED),
        NamedDataset(
            "qmnist",
            "120,000 digits of 28 × 28 pixels: MNIST made anew, 50,000 test digits more",
            "BSD 3-Clause",
            "C. Yadav, L. Bottou 2019, https://github.com/facebookresearch/qmnist",
            digests.QMNIST,
            120_000,
            mirrors=("https://raw.githubusercontent.com/facebookresearch/qmnist/master/",),
        ),
    )
)


def canonical(name: str) -> str:
    """The name of a data set as it is written here, or what was given: in any case, `_` for `-`."""
    written = name.lower().replace("_", "-")
    return written if written in DATASETS else name
