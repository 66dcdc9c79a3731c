from bailiwick.auth.cache import BoundedCache


def test_forgets_the_least_recently_used_first() -> None:
    cache: BoundedCache[str, int] = BoundedCache(2)
    cache.put("a", 1)
    cache.put("b", 2)
    assert cache.get("a") == 1

    cache.put("c", 3)

    assert (cache.get("a"), cache.get("b"), cache.get("c")) == (1, None, 3)


def test_holds_weights_up_to_its_capacity() -> None:
    cache: BoundedCache[str, int] = BoundedCache(10)
    cache.put("a", 1, weight=4)
    cache.put("b", 2, weight=6)
    assert (len(cache), cache.weight) == (2, 10)

    cache.put("c", 3, weight=5)

    assert (cache.get("a"), cache.get("b"), cache.get("c"), cache.weight) == (None, None, 3, 5)


def test_a_key_put_again_counts_once() -> None:
    cache: BoundedCache[str, int] = BoundedCache(10)
    cache.put("a", 1, weight=4)

    cache.put("a", 2, weight=5)

    assert (cache.get("a"), len(cache), cache.weight) == (2, 1, 5)


def test_what_is_heavier_than_the_capacity_is_not_kept() -> None:
    cache: BoundedCache[str, int] = BoundedCache(10)

    cache.put("a", 1, weight=11)

    assert (cache.get("a"), cache.weight) == (None, 0)


def test_discards_what_it_holds_and_only_that() -> None:
    cache: BoundedCache[str, int] = BoundedCache(10)
    cache.put("a", 1, weight=3)

    cache.discard("b")
    assert cache.weight == 3
    cache.discard("a")

    assert (cache.get("a"), cache.weight, len(cache)) == (None, 0, 0)
