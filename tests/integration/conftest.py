"""What takes longest begins first, so that no worker waits for it at the end."""


def pytest_collection_modifyitems(items):
    items.sort(key=lambda item: item.get_closest_marker("end_to_end") is None)
