"""What the hook takes from git in every kind of push."""

from tests.hook.working import CUT, failure, look, told


class TestPush:
    """pre-commit says what is pushed in PRE_COMMIT_*; measured with its version 4.7.0."""

    def test_a_branch_the_remote_has(self, clone):
        start = clone.head()
        tip = clone.commit({"openapi.yaml": "pushed"})
        clone.stage({"db/0001.sql": "not part of the push"})
        told_by_pre_commit = {
            "PRE_COMMIT_FROM_REF": start,
            "PRE_COMMIT_TO_REF": tip,
            "PRE_COMMIT_LOCAL_BRANCH": "refs/heads/main",
        }
        found = look(clone, pre_push=True, surroundings=told_by_pre_commit)
        assert told(found) == (start, "main", ["M openapi.yaml"])
        assert found.revision.read("openapi.yaml") == b"pushed"
        clone.git("tag", "v0", "HEAD~1")
        assert told(look(clone, pre_push=True, base="v0", surroundings=told_by_pre_commit))[0] == "v0"

    def test_a_push_with_nothing_that_matters(self, clone):
        start = clone.head()
        tip = clone.commit({"readme.md": "2"})
        refs = {"PRE_COMMIT_FROM_REF": start, "PRE_COMMIT_TO_REF": tip}
        assert look(clone, pre_push=True, surroundings=refs) is None

    def test_a_forced_push_counts_from_where_the_histories_part(self, clone):
        fork = clone.head()
        old = clone.commit({"db/0002.sql": "dropped by the rebase"})
        clone.git("reset", "-q", "--hard", fork)
        tip = clone.commit({"openapi.yaml": "pushed"})
        found = look(clone, pre_push=True, surroundings={"PRE_COMMIT_FROM_REF": old, "PRE_COMMIT_TO_REF": tip})
        assert told(found) == (old, tip, ["M openapi.yaml"])
        assert found.base.entries().keys() == {"db/0001.sql", "openapi.yaml", "readme.md"}

    def test_a_history_that_is_not_related(self, clone):
        old = clone.head()
        clone.git("checkout", "-q", "--orphan", "other")
        tip = clone.commit({"db/0002.sql": "x"})
        found = look(clone, pre_push=True, surroundings={"PRE_COMMIT_FROM_REF": old, "PRE_COMMIT_TO_REF": tip})
        assert told(found) == (old, tip, ["A db/0002.sql"])

    def test_the_first_push_to_an_empty_remote(self, work):
        branch = {"PRE_COMMIT_LOCAL_BRANCH": "refs/heads/main", "PRE_COMMIT_REMOTE_NAME": "origin"}
        found = look(work, pre_push=True, surroundings=branch)
        assert told(found) == ("the empty tree", "main", ["A db/0001.sql", "A openapi.yaml", "A readme.md"])

    def test_by_hand(self, clone):
        assert look(clone, pre_push=True, surroundings={}) is None
        clone.commit({"openapi.yaml": "2"})
        found = look(clone, pre_push=True, surroundings={})
        assert told(found) == ("merge base with origin/main", "HEAD", ["M openapi.yaml"])

    def test_a_range_given_to_pre_commit_run(self, clone):
        clone.commit({"openapi.yaml": "2"})
        refs = {"PRE_COMMIT_FROM_REF": "HEAD~1", "PRE_COMMIT_TO_REF": "HEAD"}
        assert told(look(clone, surroundings=refs)) == ("HEAD~1", "HEAD", ["M openapi.yaml"])

    def test_in_a_shallow_clone(self, work, tmp_path):
        work.commit({"openapi.yaml": "2"})
        old = work.git("rev-parse", "HEAD~1")
        clone = work.clone(tmp_path / "shallow", "--depth=1")
        refs = {"PRE_COMMIT_FROM_REF": old, "PRE_COMMIT_TO_REF": "HEAD"}
        assert failure(clone, pre_push=True, surroundings=refs) == (
            f"{old}: no such revision in this clone, which is shallow; {CUT}"
        )
