"""Qwen2.5-VL as the backbone: the size of GR-RL (arXiv 2512.01801, section 3.1).

The same action transformer and critics read the keys and values of the later half of its layers. Its heads are grouped
and of another size than theirs, so each shown layer is projected. Bai et al., 2025 (arXiv 2502.13923).
"""

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor, nn

from lacelab.envs.spec import IMAGE_SIZE, PIXEL_KEYS

from .config import NetworkConfig, NetworkError
from .encoders import PROPRIOCEPTION, proprioception
from .layers import KeysValues, embed
from .vlm_inputs import patches, sentences, side_of, word_table

try:
    from transformers import AutoTokenizer, Qwen2_5_VLModel
except ImportError as error:
    raise NetworkError("A vision-language backbone needs transformers: pip install 'lacelab[vlm]'.") from error

PAPER = NetworkConfig(width=1536, heads=12, layers=36, chunk=16, bins=201, vlm="Qwen/Qwen2.5-VL-3B-Instruct")
"""About the size of the paper: 5 B parameters in all, of which the backbone has 3.8 B; the division is ours."""


class VisionLanguageBackbone(nn.Module):
    """Turn images, instruction and proprioception into the context that the other transformers read.

    The sequence: the pictures of each camera, the instruction, one token for both arms, which sees all before.
    """

    table: Tensor

    def __init__(self, config: NetworkConfig, model: Qwen2_5_VLModel, table: Tensor, filler: int) -> None:
        """Wrap a model.

        Args:
            config: sizes of the readers; as many layers as the model has.
            model: with or without pretrained weights.
            table: tokens of our words, see `word_table`.
            filler: token that fills up instructions.

        Raises:
            NetworkError: if the model has another number of layers.
        """
        super().__init__()
        text: Any = model.config.text_config
        if config.layers != text.num_hidden_layers:
            raise NetworkError(f"'{config.vlm}' has {text.num_hidden_layers} layers, not {config.layers}.")
        self._heads, self._filler = config.heads, filler
        self.model: Any = model  # whose annotations say less than they should
        self.hands = embed(PROPRIOCEPTION, text.hidden_size)
        shown = text.num_key_value_heads * (text.hidden_size // text.num_attention_heads)
        self.keys, self.values = (
            nn.ModuleList(nn.Linear(shown, config.width, bias=False) for _ in range(config.shown_layers))
            for _ in range(2)
        )
        self.register_buffer("table", table, persistent=False)

    def forward(self, observation: Mapping[str, Tensor]) -> list[KeysValues]:
        """Return the context of a batch of observations, each entry (batch, ...)."""
        tokens = self._tokens(observation["instruction"])
        inputs = self.model.get_input_embeddings()(tokens)
        seen = tokens == self.model.config.image_token_id
        inputs = inputs.masked_scatter(seen[..., None], self._look(observation).to(inputs.dtype))
        arms = self.hands(proprioception(observation))[:, None].to(inputs.dtype)
        inputs = torch.cat([inputs[:, :-1], arms], dim=1)
        places, _ = self.model.get_rope_index(tokens[:1], seen[:1].int(), self._grid(len(PIXEL_KEYS)))
        outputs = self.model.language_model(
            inputs_embeds=inputs, position_ids=places.expand(-1, len(tokens), -1), use_cache=True
        )
        layers = outputs.cache.layers[-len(self.keys) :]
        return [
            KeysValues(self._project(keys, layer.keys), self._project(values, layer.values))
            for keys, values, layer in zip(self.keys, self.values, layers, strict=True)
        ]

    def _tokens(self, words: Tensor) -> Tensor:
        """Return the sequence (batch, tokens) with places for what is seen, and a last one for the arms."""
        config = self.model.config
        pictures = (self._cells() // config.vision_config.spatial_merge_size) ** 2
        picture = [config.vision_start_token_id, *[config.image_token_id] * pictures, config.vision_end_token_id]
        before = torch.tensor(picture * len(PIXEL_KEYS), device=words.device).expand(len(words), -1)
        spoken = sentences(words, self.table, self._filler)
        return torch.cat([before, spoken, torch.full_like(spoken[:, :1], self._filler)], dim=1)

    def _look(self, observation: Mapping[str, Tensor]) -> Tensor:
        """Return a token for each cell of each picture (batch * cameras * cells, width), sample by sample."""
        vision = self.model.config.vision_config
        images = torch.stack([observation[name] for name in PIXEL_KEYS], dim=1).flatten(0, 1)
        pixels = patches(images, vision.patch_size, vision.spatial_merge_size, vision.temporal_patch_size)
        seen = self.model.get_image_features(pixels.flatten(0, 1), self._grid(len(images)))
        return torch.cat(list(seen.pooler_output))

    def _cells(self) -> int:
        vision = self.model.config.vision_config
        return side_of(IMAGE_SIZE, vision.patch_size * vision.spatial_merge_size) // vision.patch_size

    def _grid(self, pictures: int) -> Tensor:
        """Return frames, rows and columns of patches of each picture (pictures, 3)."""
        return torch.tensor([[1, self._cells(), self._cells()]] * pictures, device=self.table.device)

    def _project(self, projection: nn.Module, shown: Tensor) -> Tensor:
        """Return (batch, own heads, tokens, width per head) in the heads that readers have."""
        flat = projection(shown.transpose(1, 2).flatten(2).float())
        return flat.reshape(*flat.shape[:2], self._heads, -1).transpose(1, 2)


def load_backbone(config: NetworkConfig) -> VisionLanguageBackbone:
    """Load pretrained weights and the tokenizer beside them; on a GPU in bfloat16.

    Raises:
        NetworkError: there is no such model, or it has another number of layers.
    """
    dtype = torch.bfloat16 if torch.cuda.is_available() else torch.float32
    try:
        model = Qwen2_5_VLModel.from_pretrained(config.vlm, dtype=dtype)
        tokenizer = AutoTokenizer.from_pretrained(config.vlm)
    except (OSError, ValueError) as error:
        raise NetworkError(f"Cannot load a Qwen2.5-VL from '{config.vlm}': {error}") from error
    filler = tokenizer.pad_token_id
    table = word_table(lambda text: tokenizer(text, add_special_tokens=False)["input_ids"], filler)
    return VisionLanguageBackbone(config, model, table, filler)
