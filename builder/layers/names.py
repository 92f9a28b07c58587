"""Names of layers: what can be an attribute of a module, and which name is still free."""

from __future__ import annotations

import keyword
import unicodedata
from collections.abc import Collection, Iterable

from builder.core.messages import Message
from builder.core.options import Refusal

MAX_NAME = 40

# What an nn.Sequential already has under a name, but for __names__, which no layer can have; a test holds it against torch.
RESERVED = frozenset(
    """
    T_destination _apply _backward_hooks _backward_pre_hooks _buffers _call_impl _compiled_call_impl
    _forward_hooks _forward_hooks_always_called _forward_hooks_with_kwargs _forward_pre_hooks
    _forward_pre_hooks_with_kwargs _get_backward_hooks _get_backward_pre_hooks _get_item_by_idx _get_name
    _is_full_backward_hook _load_from_state_dict _load_state_dict_post_hooks _load_state_dict_pre_hooks
    _maybe_warn_non_full_backward_hook _modules _named_members _non_persistent_buffers_set _parameters
    _register_load_state_dict_pre_hook _register_state_dict_hook _replicate_for_data_parallel _save_to_state_dict
    _slow_forward _state_dict_hooks _state_dict_pre_hooks _version _wrapped_call_impl add_module append apply
    bfloat16 buffers call_super_init children compile cpu cuda double dump_patches eval extend extra_repr float
    forward get_buffer get_extra_state get_parameter get_submodule half insert ipu load_state_dict modules mtia
    named_buffers named_children named_modules named_parameters parameters pop register_backward_hook
    register_buffer register_forward_hook register_forward_pre_hook register_full_backward_hook
    register_full_backward_pre_hook register_load_state_dict_post_hook register_load_state_dict_pre_hook
    register_module register_parameter register_state_dict_post_hook register_state_dict_pre_hook requires_grad_
    set_extra_state set_submodule share_memory state_dict to to_empty train training type xpu zero_grad
    """.split()
)


def check_names(names: Iterable[str]) -> None:
    """Raises `Refusal` where one of `names`, of layers that stand side by side, can't be one or is there twice."""
    taken: set[str] = set()
    for name in names:
        check_name(name, taken)
        taken.add(name)


def check_name(name: str, taken: Collection[str] = ()) -> None:
    """Raises `Refusal` unless `name` can be an attribute of a module beside those `taken`."""
    shown = name[:MAX_NAME]
    if len(name) > MAX_NAME:
        raise Refusal(Message("A name has at most {limit} characters; this one has {n}.", limit=MAX_NAME, n=len(name)))
    if not name.isidentifier() or name.startswith("__") or unicodedata.normalize("NFKC", name) != name:
        mend = _identifier(name)
        raise Refusal(
            Message(
                "“{name}” can't be a name in Python: use letters, digits and _, such as “{mend}”.",
                name=shown,
                mend=mend,
            )
        )
    if keyword.iskeyword(name):
        raise Refusal(Message("“{name}” is a word of Python itself; “{name}_” would do.", name=shown))
    if name in RESERVED:
        raise Refusal(Message("Every nn.Module already has “{name}”; “{name}1” would do.", name=shown))
    if name in taken:
        mend = free_name(name.rstrip("0123456789") or name, taken)
        raise Refusal(Message("Another layer is already called “{name}”; “{mend}” is free.", name=shown, mend=mend))


def _identifier(name: str) -> str:
    kept = "".join(c if ("_" + c).isidentifier() else "_" for c in unicodedata.normalize("NFKC", name)).strip("_")
    return (kept if kept.isidentifier() and not keyword.iskeyword(kept) else f"layer_{kept}".rstrip("_"))[:MAX_NAME]


def free_name(stem: str, taken: Collection[str]) -> str:
    """The first of `stem1`, `stem2`, … that is not taken; a stem that ends in a digit gets a `_` between."""
    stem = f"{stem}_" if stem[-1:].isdigit() else stem
    return next(name for n in range(1, len(taken) + 2) if (name := f"{stem}{n}") not in taken)
