"""Hugging Face's own client: a model at an address of its own."""

import os

from huggingface_hub import InferenceClient

URL = os.environ["NAQD_URL"]


def main():
    client = InferenceClient(model=URL + "/models/naqd", token=os.environ["NAQD_KEY"])
    classes = client.text_classification("You stupid idiot")
    assert [one.label for one in classes][0] == "abusive" and len(classes) == 3, classes
    assert abs(sum(one.score for one in classes) - 1) < 1e-4, classes
    (first,) = client.text_classification("Thank you for this article", top_k=1)
    assert first.label == "neutral" and first.score > 0.5, first


main()
