"""What a newsroom would write by itself: FastAPI around scikit-learn's pipeline, with the n-grams that naqd has.

    peer.py TRAIN.csv PORT
"""

import csv
import sys

import uvicorn
from fastapi import FastAPI
from pydantic import BaseModel
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import FeatureUnion, Pipeline


def pipeline():
    """Words and word pairs, character 2- to 5-grams inside words, those of at least two comments."""
    features = FeatureUnion(
        [
            ("words", TfidfVectorizer(ngram_range=(1, 2), min_df=2, sublinear_tf=True)),
            ("characters", TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5), min_df=2, sublinear_tf=True)),
        ]
    )
    return Pipeline([("features", features), ("regression", LogisticRegression(class_weight="balanced", max_iter=300))])


class Comment(BaseModel):
    text: str


class Request(BaseModel):
    comment: Comment
    requestedAttributes: dict
    languages: list[str] = []
    doNotStore: bool = False


with open(sys.argv[1], encoding="utf-8", newline="") as file:
    rows = list(csv.DictReader(file))
model = pipeline().fit([row["text"] for row in rows], [row["label"] for row in rows])
abusive = list(model.classes_).index("abusive")
app = FastAPI()


@app.post("/v1alpha1/comments:analyze")
def analyze(request: Request):
    value = float(model.predict_proba([request.comment.text])[0, abusive])
    score = {"value": value, "type": "PROBABILITY"}
    span = {"begin": 0, "end": len(request.comment.text.encode("utf-16-le")) // 2, "score": score}
    scores = {name: {"summaryScore": score, "spanScores": [span]} for name in request.requestedAttributes}
    return {"attributeScores": scores, "languages": request.languages}


uvicorn.run(app, host="127.0.0.1", port=int(sys.argv[2]), log_level="warning", access_log=False)
