"""What the next blend will cost, in a line: seconds, memory, and what it is computed on."""

from blendstudio.engine.costs import Cost

PLACES = {"cpu": "the processor", "cuda": "the graphics card (CUDA)", "mps": "the graphics processor (Metal)"}
SOME = 50.0  # megabytes: less is not worth a word
GIGA = 1000.0


def spoken(cost: Cost | None, device: str, free: float | None) -> str:
    """Such as “About 3 s and 0.4 GB on the processor.”; `free` is in megabytes, None where nobody knows.

    Empty as long as the device is not known.
    """
    if not device:
        return ""
    place = PLACES.get(device, device)
    if cost is None:
        return f"On {place}; the first blend will tell how long it takes."
    taken = f"{time(cost.seconds)} on {place}"
    if cost.megabytes is None or cost.megabytes < SOME:
        return f"{taken}."
    taken = f"{time(cost.seconds)} and {cost.megabytes / GIGA:.1f} GB on {place}"
    if free is not None and cost.megabytes > free:
        return f"{taken}, more than the {free / GIGA:.1f} GB that are free."
    return f"{taken}."


def time(seconds: float) -> str:
    """As exact as a guess deserves."""
    if seconds < 1:
        return "Less than a second"
    if seconds < 20:
        return f"About {seconds:.0f} s"
    if seconds < 90:
        return f"About {round(seconds / 5) * 5} s"
    if seconds < 5400:
        return f"About {round(seconds / 60)} min"
    return f"About {seconds / 3600:.1f} h"
