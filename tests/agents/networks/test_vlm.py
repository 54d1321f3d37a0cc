"""Qwen2.5-VL as a backbone: a tiny random one, saved and loaded as the real one would be."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from observations import TINY, images, states
from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import PreTrainedTokenizerFast, Qwen2_5_VLConfig, Qwen2_5_VLModel
from transformers.models.qwen2_vl.image_processing_pil_qwen2_vl import Qwen2VLImageProcessorPil

from lacelab.agents.networks import NetworkConfig, NetworkError, make_backbone
from lacelab.agents.networks.vlm import PAPER, VisionLanguageBackbone
from lacelab.agents.networks.vlm_inputs import patches, sentences, side_of, word_table
from lacelab.agents.policy_network import PolicyNetwork
from lacelab.envs.language import MIRROR_TOKENS, encode
from lacelab.envs.paraphrases import VOCABULARY
from lacelab.envs.spec import PIXEL_KEYS

_START, _END, _IMAGE, _FILLER = range(4)
_VISION = {"depth": 2, "hidden_size": 16, "intermediate_size": 16, "num_heads": 2, "out_hidden_size": 16}
_TEXT = {"hidden_size": 16, "intermediate_size": 16, "num_hidden_layers": 4, "num_attention_heads": 4}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Write a model with grouped heads of width 4, and a tokenizer of whole words."""
    torch.manual_seed(0)
    folder = tmp_path_factory.mktemp("qwen")
    rotary = {"rope_type": "default", "rope_theta": 1e6, "mrope_section": [1, 1, 0]}
    text = _TEXT | {"num_key_value_heads": 2, "vocab_size": 100, "rope_parameters": rotary, "pad_token_id": _FILLER}
    config = Qwen2_5_VLConfig(
        text_config=text,
        vision_config=_VISION | {"fullatt_block_indexes": [1]},
        image_token_id=_IMAGE,
        vision_start_token_id=_START,
        vision_end_token_id=_END,
    )
    Qwen2_5_VLModel(config).save_pretrained(folder)
    words = ["<start>", "<end>", "<image>", "<filler>", *VOCABULARY[1:]]
    tokenizer = Tokenizer(models.WordLevel({word: i for i, word in enumerate(words)}, unk_token="<filler>"))
    tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    PreTrainedTokenizerFast(tokenizer_object=tokenizer, pad_token="<filler>").save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def config(folder: Path) -> NetworkConfig:
    return replace(TINY, vlm=str(folder))


@pytest.fixture(scope="module")
def backbone(config: NetworkConfig) -> Iterator[VisionLanguageBackbone]:
    torch.manual_seed(1)
    backbone = make_backbone(config)
    assert isinstance(backbone, VisionLanguageBackbone)
    yield backbone


def test_the_later_half_in_the_heads_of_the_readers(backbone: VisionLanguageBackbone) -> None:
    context = backbone(states(2) | images(2))
    tokens = 3 * (25 + 2) + 16 + 1
    assert len(context) == 2
    for shown in context:
        assert shown.keys.shape == shown.values.shape == (2, TINY.heads, tokens, TINY.width // TINY.heads)
        assert shown.keys.isfinite().all() and shown.values.isfinite().all()


def test_keys_are_those_of_the_model(backbone: VisionLanguageBackbone) -> None:
    """The values of the last layer, once more from its input."""
    seen = []
    layer = backbone.model.language_model.layers[-1].self_attn
    hook = layer.v_proj.register_forward_hook(lambda module, inputs, output: seen.append(output))
    context = backbone(states(1) | images(1))
    hook.remove()
    wanted = backbone.values[-1](seen[0])
    torch.testing.assert_close(context[-1].values.transpose(1, 2).flatten(2), wanted)


@pytest.mark.parametrize("key", ["instruction", "joint_position", "gripper_opening", *PIXEL_KEYS])
def test_all_that_is_seen_felt_and_said_counts(key: str, backbone: VisionLanguageBackbone) -> None:
    plain = states(2) | images(2)
    other = torch.tensor(MIRROR_TOKENS)[plain[key]] if key == "instruction" else 1 - plain[key]
    changed = plain | {key: torch.stack([plain[key][0], other[1]])}
    before, after = (backbone(observation)[-1].values for observation in (plain, changed))
    torch.testing.assert_close(before[0], after[0])
    assert not torch.allclose(before[1], after[1], atol=1e-5)


def test_a_policy_learns_through_it(config: NetworkConfig) -> None:
    """Loss and gradients reach pictures, words, arms and every projection; a few steps lower the loss."""
    torch.manual_seed(0)
    network, observation = PolicyNetwork(config), states(2) | images(2)
    actions, weight = torch.randn(2, 3, 14).clamp(-1, 1), torch.ones(2, 3)
    optimizer = torch.optim.Adam(network.parameters(), 1e-2)
    losses = []
    for _ in range(8):
        loss = network.loss(observation, actions, weight, 4, torch.Generator().manual_seed(0))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert losses[-1] < 0.9 * losses[0]
    backbone = network.backbone
    assert isinstance(backbone, VisionLanguageBackbone)
    for part in (backbone.keys, backbone.values, backbone.hands, backbone.model.visual.patch_embed):
        assert all(value.grad is not None and value.grad.any() for value in part.parameters())
    words = backbone.model.get_input_embeddings().weight
    assert isinstance(words, torch.Tensor) and words.grad is not None and words.grad.any()


def test_patches_are_those_of_the_maker() -> None:
    pictures = images(2)["head"]
    processor = Qwen2VLImageProcessorPil()
    wanted = processor(list(pictures.numpy()), return_tensors="pt")
    got = patches(pictures, patch=14, merge=2, frames=2)
    assert wanted["image_grid_thw"].tolist() == [[1, 10, 10]] * 2 and side_of(128, 28) == 140
    assert got.shape == (2, 100, 3 * 2 * 14 * 14)
    difference = (got.flatten(0, 1) - wanted["pixel_values"]).abs()
    assert difference.mean() < 0.01  # the maker rounds to whole grey levels, of 0.015 each


def test_sentences_are_packed() -> None:
    table = word_table(lambda text: [ord(letter) for letter in text.strip()[:2]], filler=0)
    sentence = "thread the left lace through the first hole on the left"
    words = torch.from_numpy(np.stack([encode(sentence)] * 2))
    words[1, 1:] = 0
    tokens = sentences(words, table, 0)
    assert tokens.shape == (2, 32)
    spoken = [ord(letter) for word in sentence.split() for letter in word[:2]]
    assert tokens[0].tolist() == spoken + [0] * (32 - len(spoken))
    assert tokens[1].tolist() == [ord("t"), ord("h"), *[0] * 30]


def test_models_that_do_not_fit(config: NetworkConfig, tmp_path: Path) -> None:
    with pytest.raises(NetworkError, match="has 4 layers, not 6."):
        make_backbone(replace(config, layers=6))
    with pytest.raises(NetworkError, match="Cannot load a Qwen2.5-VL from '.*nowhere'"):
        make_backbone(replace(config, vlm=str(tmp_path / "nowhere")))


def test_the_size_of_the_paper() -> None:
    """Built without memory: 3 B parameters of language and vision, 5 B with policy and critics in all."""
    text = {"hidden_size": 2048, "intermediate_size": 11008, "num_hidden_layers": 36, "num_attention_heads": 16}
    text |= {"num_key_value_heads": 2, "vocab_size": 151936}
    vision = {"hidden_size": 1280, "out_hidden_size": 2048}
    with torch.device("meta"):
        model = Qwen2_5_VLModel(Qwen2_5_VLConfig(text_config=text, vision_config=vision))
        backbone = VisionLanguageBackbone(PAPER, model, torch.zeros(2, 1, dtype=torch.int64), 0)
    count = sum(weight.numel() for weight in backbone.parameters())
    assert 3.7e9 < count < 3.9e9
