"""Regression of elapsed time."""

import numpy as np
import torch
from observations import TINY

from lacelab.agents.data.reader import ChunkReader
from lacelab.agents.training.loop import generators
from lacelab.agents.training.samples import to_tensors
from lacelab.agents.training.time_regression import TimeConfig, TimeRegression


def test_shares_of_time_are_learned(reader: ChunkReader) -> None:
    frames = reader.frames_of([0])
    learner = TimeRegression(TimeConfig(steps=150, batch=12, learning_rate=1e-2, network=TINY), reader, frames)
    for step in range(150):
        learner.update(*generators(0, step))
    samples = to_tensors(reader.read(frames, np.zeros(12, bool)), torch.device("cpu"))
    with torch.no_grad():
        predicted = learner.predict(samples).numpy()
    np.testing.assert_allclose(predicted, np.arange(12) / 11, atol=0.15)
