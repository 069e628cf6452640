"""A network in a scikit-learn pipeline, and the best of its settings by a grid search."""

from sklearn.datasets import load_digits
from sklearn.model_selection import GridSearchCV, train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler

from gpunet.interop import NetworkClassifier

X, y = load_digits(return_X_y=True)
X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0, stratify=y)

# The scaler is part of the pipeline, so that each fold is scaled by its own training samples.
network = NetworkClassifier(early_stopping=True, random_state=0)
pipeline = make_pipeline(MinMaxScaler(), network)
grid = {
    "networkclassifier__hidden_layer_sizes": [(30,), (100,)],
    "networkclassifier__learning_rate_init": [0.003, 0.01],
}

# Each of the 4 · 3 networks is trained in a process of its own, two at a time.
search = GridSearchCV(pipeline, grid, cv=3, n_jobs=2)
search.fit(X_train, y_train)

for parameters, accuracy in zip(
    search.cv_results_["params"], search.cv_results_["mean_test_score"], strict=True
):
    print(f"{accuracy:.3f}", *parameters.values())
print(f"the best one on the test samples: {100 * search.score(X_test, y_test):.2f} %")
