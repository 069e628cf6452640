"""Recipes: results, each as the options that reproduce it and the accuracy to expect.

They are TOML files in `recipes/`, read as data and never executed.
"""

import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gpunet.core.errors import InputError
from gpunet.core.words import did_you_mean

# In MNIST's test split, and in its validation split.
IMAGES = 10_000
FOLDER = Path(__file__).parent / "recipes"
# What reaches an accuracy soon; nothing that was published, and so not listed with the others.
GOALS = FOLDER / "time-to"


@dataclass(frozen=True)
class Expected:
    """What was measured here, in per cent: of the last epoch, or the best one if that is kept.

    Attributes:
        test, test_deviation: mean and standard deviation.
        networks: over how many, with seeds from 0 on.
        seconds: to train one network, on `device`.
        validation, validation_deviation: None where the validation split was trained on, too.
        test_images, validation_images: how far the 95 % interval of the mean over images reaches
            to each side, where that was measured.
    """

    test: float
    test_deviation: float
    networks: int
    seconds: float
    device: str
    validation: float | None = None
    validation_deviation: float | None = None
    test_images: float | None = None
    validation_images: float | None = None

    def over_networks(self, split: str) -> str:
        """ "97.44 ± 0.14", mean and deviation; "" where it was not measured.

        Args:
            split: "test" or "validation".
        """
        measured = (self.test, self.test_deviation)
        mean, deviation = (
            measured if split == "test" else (self.validation, self.validation_deviation)
        )
        return "" if mean is None else f"{mean:.2f} ± {deviation:.2f}"

    def over_images(self, split: str) -> str:
        """ "± 0.27"; where it was not measured, "≤ 0.31", as far as one such network's reaches.

        Args:
            split: "test" or "validation", of MNIST's 10,000 images each; "" where the networks
                themselves were not measured on it.
        """
        from gpunet.evaluation.uncertainty import wilson  # SciPy: the shell completes names quickly

        measured = self.test_images if split == "test" else self.validation_images
        if measured is not None:
            return f"± {measured:.2f}"
        mean = self.test if split == "test" else self.validation
        if mean is None:
            return ""
        low, high = wilson(mean / 100 * IMAGES, IMAGES)
        return f"≤ {50 * (high - low):.2f}"


@dataclass(frozen=True)
class Recipe:
    """One result: a published one, or that of the network that comes with gpunet.

    Attributes:
        name: as --recipe takes it.
        title: what it trains.
        source: where it was published.
        published: the accuracy printed there, in per cent; published_on says of what. None for this
            project's own.
        options: of `gpunet train`, by name.
        expected: as measured here; None for one that has not been measured yet.
    """

    name: str
    title: str
    source: str
    options: dict[str, Any]
    expected: Expected | None
    published: float | None = None
    published_on: str = ""

    @property
    def figure(self) -> str:
        """The published accuracy as tables have it; a dash where there is none."""
        return "–" if self.published is None else f"{self.published:.2f}"

    @property
    def split(self) -> str:
        """The split that it was published on: "test" or "validation"."""
        return "validation" if self.published_on.startswith("validation") else "test"


def list_recipes() -> list[Recipe]:
    """All recipes, by name."""
    return [find_recipe(name) for name in names_of_recipes()]


def names_of_recipes() -> list[str]:
    """The names of all recipes, in their order; none of the files is read."""
    return sorted(path.stem for path in FOLDER.glob("*.toml"))


def find_recipe(name: str) -> Recipe:
    """The recipe of that name.

    Raises:
        InputError: there is none; lists the existing ones.
    """
    path = FOLDER / f"{name}.toml"
    if path.parent != FOLDER or not path.is_file():
        known = names_of_recipes()
        named = f"no recipe {name!r}: choose one of {', '.join(known)}"
        raise InputError(f"{named}{did_you_mean(name, known)}")
    return read_recipe(path)


def find_goal(target: str) -> Recipe:
    """The recipe that reaches a test accuracy, in per cent, as soon as possible.

    Raises:
        InputError: there is none; lists those that are.
    """
    known = [path.stem for path in sorted(GOALS.glob("*.toml"))]
    if target not in known:
        raise InputError(f"no recipe reaches {target} %: choose one of {', '.join(known)}")
    return read_recipe(GOALS / f"{target}.toml")


def read_recipe(path: Path) -> Recipe:
    """The recipe in a file."""
    content = tomllib.loads(path.read_text(encoding="utf-8"))
    expected = content.pop("expected", None)
    return Recipe(name=path.stem, expected=Expected(**expected) if expected else None, **content)
