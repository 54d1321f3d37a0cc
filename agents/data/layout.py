"""Where everything of a dataset lies.

LeRobot's own: data/, videos/, meta/info.json, meta/stats.json, meta/tasks.parquet, meta/episodes/. Ours: meta/lacelab.json
(what it was made with), keyframes.parquet (where the demonstrator started over) and pushes.parquet (where somebody pushed a hand
aside; there only if somebody did), which learners may use, labels/ (the truth; for evaluation only) and SHA256SUMS.
"""

INFO, STATS, TASKS = "meta/info.json", "meta/stats.json", "meta/tasks.parquet"
EPISODES = "meta/episodes/chunk-000/file-000.parquet"
MANIFEST = "meta/lacelab.json"
KEYFRAMES = "meta/lacelab_keyframes.parquet"
PUSHES = "meta/lacelab_pushes.parquet"
FINAL = "meta/lacelab_final.parquet"  # the observation after each episode's last action
FOLDERS = ("data", "labels", "meta", "videos")  # of a finished dataset
STAGING = ".staging"  # episodes of a run that is not finished
CACHE = ".cache"  # arrays for training, made from the data
DATA = "data/chunk-{chunk_index:03d}/file-{file_index:03d}.parquet"
LABELS = "labels/chunk-{chunk_index:03d}/file-{file_index:03d}.parquet"
VIDEOS = "videos/{video_key}/chunk-{chunk_index:03d}/file-{file_index:03d}.mp4"
CHUNK = 1000  # files per folder
FILE_FRAMES = 60_000  # at most in one data file: 60 MB


def place(pattern: str, number: int, **names: str) -> str:
    """Return the relative path of a numbered file."""
    return pattern.format(chunk_index=number // CHUNK, file_index=number % CHUNK, **names)
