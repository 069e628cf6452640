"""`gpunet evaluate` and `gpunet predict` with several runs."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import gpunet as package
from tests.cli.running import contents, everywhere, gpunet
from tests.forging import forge

TEST = package.load_dataset("digits").test
KEYS = {"accuracy", "correct", "total", "cost", "device", "seed", "run", "data", "split", "classes"}
KEYS |= {"ci95_images"}


@pytest.fixture(scope="module")
def other(tmp_path_factory: pytest.TempPathFactory, where: str) -> Path:
    """A run of another architecture, activation, cost and dtype; not to be changed."""
    run = tmp_path_factory.mktemp("other") / "run"
    network = ("--hidden", "20,15", "--activation", "relu", "--cost", "log-likelihood")
    training = ("--learning-rate", 0.05, "--dtype", "float64", "--epochs", 2, "--seed", 3)
    options = (*network, *training, "--device", where)
    assert gpunet("train", *options, "--out", run).status == 0
    return run


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory, where: str) -> Path:
    """Three networks, of which the first diverged; not to be changed."""
    run = tmp_path_factory.mktemp("many") / "run"
    network = ("--activation", "linear", "--activation", "sigmoid", "--activation", "tanh")
    options = (*network, "--learning-rate", 2, "--epochs", 1, "--device", where)
    assert gpunet("train", *options, "--out", run).status == 0
    assert "diverged" in (run / "networks/000/run.json").read_text()
    return run


@pytest.fixture
def images(tmp_path: Path) -> list[Path]:
    """The first four test digits as files."""
    paths = [tmp_path / f"{row}.png" for row in range(4)]
    for path, pixels in zip(paths, TEST.images, strict=False):
        Image.fromarray(np.rint(pixels.reshape(8, 8) * (255 / 16)).astype(np.uint8)).save(path)
    return paths


def averages(where: str, *runs: Path) -> np.ndarray:
    """The averaged outputs for the test digits, as probabilities, from the models themselves."""
    total = np.zeros((len(TEST), 10))
    for run in runs:
        network = package.load(run / "model.safetensors", where)
        outputs = network.device.host(network.feedforward(TEST.images))
        positive = np.maximum(outputs.astype(np.float64), 0)
        total += positive / positive.sum(axis=1, keepdims=True)
    return total / len(runs)


@everywhere
def test_several_runs_are_evaluated_as_a_committee(finished: Path, other: Path, where: str) -> None:
    result = gpunet("evaluate", finished, other, "--json").result
    assert set(result) == KEYS | {"confusion", "members", "members_alone"}
    guessed = averages(where, finished, other).argmax(axis=1)
    assert result["correct"] == (guessed == TEST.labels).sum()
    assert result["accuracy"] == result["correct"] / result["total"]
    assert np.trace(result["confusion"]) == result["correct"]
    assert (result["seed"], result["run"]) == (None, None)


@everywhere
def test_what_each_member_reached_is_told(finished: Path, other: Path) -> None:
    members = gpunet("evaluate", finished, other, "--json").result["members"]
    assert [member["run"] for member in members] == [str(finished), str(other)]
    for member in members:
        alone = gpunet("evaluate", member["run"], "--json").result
        assert {key: alone[key] for key in member} == member


def test_one_run_is_told_as_ever(finished: Path) -> None:
    outcome = gpunet("evaluate", finished, "--json")
    assert set(outcome.result) == KEYS | {"confusion"}
    assert "alone" not in outcome.err


@everywhere
def test_a_population_stands_for_its_networks_that_did_not_diverge(many: Path, where: str) -> None:
    result = gpunet("evaluate", many, "--json").result
    runs = [many / "networks/001", many / "networks/002"]
    assert [member["run"] for member in result["members"]] == list(map(str, runs))
    assert result["correct"] == (averages(where, *runs).argmax(axis=1) == TEST.labels).sum()
    assert result["run"] == str(many)


@everywhere
def test_a_population_and_a_run_go_together(many: Path, finished: Path) -> None:
    result = gpunet("evaluate", finished, many, "--json").result
    assert len(result["members"]) == 3


def test_how_sure_accuracies_are_is_told(three: Path, where: str) -> None:
    result = gpunet("evaluate", three, "--json").result
    networks = [package.load(three / f"networks/00{n}/model.safetensors", where) for n in range(3)]
    right = np.array([network.predict(TEST.images) == TEST.labels for network in networks])
    alone = result["members_alone"]
    assert alone["mean"] == pytest.approx(right.mean())
    assert alone["std"] == pytest.approx(right.mean(axis=1).std(ddof=1))
    # Wider than were all answers independent of each other, narrower than of one network.
    reach = np.diff(alone["ci95_images"]) / 2 / 1.96
    spread = right.mean() * (1 - right.mean())
    assert (spread / right.size) ** 0.5 < reach < (spread / len(TEST)) ** 0.5
    assert reach == pytest.approx(right.mean(axis=0).std() / len(TEST) ** 0.5, rel=0.05)
    low, high = result["ci95_images"]
    assert low < result["accuracy"] < high


def test_the_members_are_printed(finished: Path, other: Path) -> None:
    said = gpunet("evaluate", finished, other).out
    assert "members alone (2): " in said
    for part in (str(finished), str(other), "recall", "true \\ predicted"):
        assert part in said


def test_a_population_of_which_one_is_left_is_a_committee_of_one(tmp_path: Path) -> None:
    options = ("--activation", "linear", "--activation", "sigmoid", "--learning-rate", 50)
    gpunet("train", *options, "--epochs", 1, "--out", tmp_path / "run")
    result = gpunet("evaluate", tmp_path / "run", "--json").result
    (member,) = result["members"]
    assert result["correct"] == member["correct"]
    assert "members alone (1): " in gpunet("evaluate", tmp_path / "run").out


def test_many_members_are_told_in_one_line(
    finished: Path, other: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gpunet.show.committee.MAX_ROWS", 1)
    said = gpunet("evaluate", finished, other).out
    assert "members alone (2): " in said
    assert str(finished) not in said


def test_a_member_trained_on_other_data_is_noted(finished: Path, tmp_path: Path) -> None:
    np.savez(tmp_path / "few.npz", images=TEST.images.reshape(-1, 8, 8), labels=TEST.labels)
    run = tmp_path / "run"
    gpunet("train", "--data", tmp_path / "few.npz", "--epochs", 1, "--out", run)
    said = gpunet("evaluate", finished, run).out
    assert f"note: {run} was trained on {tmp_path / 'few.npz'}" in said


@everywhere
def test_predict_averages(finished: Path, other: Path, images: list[Path], where: str) -> None:
    result = gpunet("predict", finished, *images, "--with", other, "--json").result
    assert (result["run"], result["members"]) == (str(finished), [str(finished), str(other)])
    shares = [list(each["probabilities"].values()) for each in result["predictions"]]
    np.testing.assert_allclose(shares, averages(where, finished, other)[:4], rtol=1e-5, atol=1e-12)


@everywhere
def test_predict_takes_a_population(many: Path, images: list[Path], where: str) -> None:
    result = gpunet("predict", many, *images, "--json").result
    expected = averages(where, many / "networks/001", many / "networks/002")[:4]
    shares = [list(each["probabilities"].values()) for each in result["predictions"]]
    np.testing.assert_allclose(shares, expected, rtol=1e-5, atol=1e-12)


def test_predict_tells_of_one_run_as_ever(finished: Path, images: list[Path]) -> None:
    result = gpunet("predict", finished, *images, "--json").result
    assert list(result) == ["run", "device", "predictions"]


def refused(*arguments: object) -> str:
    """The line in which a command refuses what it was given."""
    outcome = gpunet(*arguments, "--json")
    assert (outcome.status, outcome.out) == (2, "")
    assert len(outcome.err.splitlines()) == 1
    return outcome.complaint


KINDS = {
    "shape": ({"height": 9}, "images of 9 × 8 pixels", "images of 8 × 8 pixels"),
    "max_pixel": ({"max_pixel": 255}, "pixels up to 255", "pixels up to 16"),
    "box": ({"box": 4}, "digits 4 pixels long", "digits 8 pixels long"),
    "classes": ({"classes": 3}, "the classes 0, 1, 2,", "the classes 0, 1, 2, 3, 4"),
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("command", ["evaluate", "predict"])
def test_runs_that_do_not_go_together_are_refused(
    finished: Path, tmp_path: Path, images: list[Path], command: str, kind: str
) -> None:
    changed, its, others = KINDS[kind]
    height, box = changed.get("height", 8), changed.get("box", 8)
    pixels = np.zeros((60, height, 8), np.uint8)
    pixels[:, :box, :box] = changed.get("max_pixel", 16)
    np.savez(tmp_path / "x.npz", images=pixels, labels=np.arange(60) % changed.get("classes", 10))
    run = tmp_path / "run"
    trained = gpunet("train", "--data", tmp_path / "x.npz", "--epochs", 1, "--out", run)
    assert trained.status == 0
    extra = [*images, "--with"] if command == "predict" else []
    complaint = refused(command, finished, *extra, run)
    assert f"{run} was trained on {its}" in complaint
    assert f"{finished} on {others}" in complaint


def test_a_run_named_twice_is_refused(finished: Path, many: Path) -> None:
    again = finished / ".." / finished.name
    assert f"{again}: named twice" in refused("evaluate", finished, again)
    assert "named twice" in refused("evaluate", many, many / "networks/002")


@pytest.mark.parametrize("bad", ["missing", "damaged"])
def test_a_run_that_is_none_is_refused(finished: Path, copied: Path, bad: str) -> None:
    if bad == "missing":
        shutil.rmtree(copied)
    else:
        (copied / "model.safetensors").write_bytes(b"damaged")
    assert str(copied) in refused("evaluate", finished, copied)


def test_a_population_with_networks_to_be_trained_is_refused(many: Path, tmp_path: Path) -> None:
    copy = Path(shutil.copytree(many, tmp_path / "copy"))
    shutil.rmtree(copy / "networks/001")
    before = contents(copy)
    complaint = refused("evaluate", copy)
    assert "1 of its 3 networks are not trained yet" in complaint
    assert f"gpunet train --resume {copy}" in complaint
    assert contents(copy) == before


def test_a_population_that_diverged_altogether_is_refused(many: Path, tmp_path: Path) -> None:
    copy = Path(shutil.copytree(many, tmp_path / "copy"))
    for run in copy.glob("networks/*"):
        forge(run, lambda description: description.update(status="diverged"))
    assert "every network diverged" in refused("evaluate", copy)


def test_a_damaged_population_is_refused(many: Path, tmp_path: Path) -> None:
    copy = Path(shutil.copytree(many, tmp_path / "copy"))
    asked = json.loads((copy / "run.json").read_text())
    (copy / "run.json").write_text(json.dumps({**asked, "networks": 2}))
    assert "damaged or edited" in refused("evaluate", copy)


def test_evaluate_needs_a_run() -> None:
    assert "RUN" in gpunet("evaluate").complaint
