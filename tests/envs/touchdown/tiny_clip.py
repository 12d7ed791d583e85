"""A CLIP model of a few thousand weights, made on the spot."""

from __future__ import annotations

from pathlib import Path

import torch
from PIL import Image
from transformers import CLIPConfig, CLIPModel, CLIPProcessor, CLIPTokenizer
from transformers.models.clip.image_processing_pil_clip import CLIPImageProcessorPil

PIXELS = 8
"""Height and width of the pictures that the model sees."""


def save_tiny_clip(folder: Path) -> None:
    """Save a model with random weights, with its tokenizer and picture processor."""
    letters = "abcdefghijklmnopqrstuvwxyz0123456789'-"
    words = ["<|startoftext|>", "<|endoftext|>", *letters, *(f"{each}</w>" for each in letters)]
    tower = {"hidden_size": 16, "intermediate_size": 16, "num_attention_heads": 2}
    text = {"vocab_size": len(words), "bos_token_id": 0, "eos_token_id": 1, "pad_token_id": 1}
    config = CLIPConfig(
        text_config={**tower, **text, "num_hidden_layers": 1, "max_position_embeddings": 77},
        vision_config={**tower, "num_hidden_layers": 1, "image_size": PIXELS, "patch_size": 4},
        projection_dim=8,
    )
    torch.manual_seed(0)
    CLIPModel(config).save_pretrained(folder)
    size = {"height": PIXELS, "width": PIXELS}
    CLIPProcessor(
        image_processor=CLIPImageProcessorPil(size={"shortest_edge": PIXELS}, crop_size=size),
        tokenizer=CLIPTokenizer(vocab={word: n for n, word in enumerate(words)}, merges=[]),
    ).save_pretrained(folder)


def save_panorama(file: Path, seed: int, width: int = 200) -> None:
    """Save a panorama of coloured squares, 10 by 5, as a JPEG."""
    torch.manual_seed(seed)
    colours = torch.randint(0, 256, (5, 10, 3), dtype=torch.uint8).numpy()
    picture = Image.fromarray(colours).resize((width, width // 2), Image.Resampling.NEAREST)
    picture.save(file, quality=95)
