"""A loader as a torch dataset, in real worker processes."""

import pickle

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from emberharmony import ops
from emberharmony.features.handover import Loader

torch = pytest.importorskip("torch")
ROWS = 40


@pytest.fixture
def loader(tmp_path):
    pq.write_table(pa.table({"row": [*range(ROWS)]}), tmp_path / "part.parquet", row_group_size=4)
    return Loader([tmp_path / "part.parquet"], 3, shuffle_key=ops.random.key(5), buffer_blocks=2)


@pytest.mark.parametrize(("workers", "context"), [(0, None), (2, "fork"), (2, "spawn")])
def test_no_row_comes_twice_and_none_is_lost(loader, workers, context):
    batches = torch.utils.data.DataLoader(
        loader.to_torch(), batch_size=None, num_workers=workers, multiprocessing_context=context
    )
    found = [*batches]
    assert all(isinstance(batch, torch.Tensor) and batch.device.type == "cpu" for batch in found)
    assert sorted(torch.cat(found)[:, 0].tolist()) == [*range(ROWS)]


def test_without_workers_the_order_is_that_of_the_loader(loader):
    dataset = loader.to_torch()
    assert isinstance(dataset, torch.utils.data.IterableDataset)
    assert [batch.tolist() for batch in dataset] == [ops.tolist(batch) for batch in loader]


def test_the_dataset_can_be_pickled(loader):
    dataset = loader.to_torch()
    assert [x.tolist() for x in pickle.loads(pickle.dumps(dataset))] == [x.tolist() for x in dataset]
