"""Who looks after a lace in its eyelet, or nobody."""

import numpy as np
import pytest
from aglets import beside_an_aglet, handed_over

from lacelab.agents.at_eyelets import AtEyelets, Careful, Nobody
from lacelab.agents.motions import hands_of
from lacelab.agents.sure_take import hovering

WANTED = np.zeros((8, 14), np.float32)


def test_who_is_careful_leads_a_hand_that_hovers_and_forgets_that_it_did() -> None:
    seen, careful = handed_over(), Careful()
    assert hovering(seen) is not None
    assert [bool(careful.take(seen, WANTED).any()) for _ in range(7)] == [False] * 6 + [True]
    assert (careful.takes, careful.busy) == (1, False)
    careful.again()
    np.testing.assert_array_equal(careful.take(seen, WANTED), WANTED)
    assert careful.takes == 1
    careful.reset()
    assert careful.takes == 0


def test_nobody_leaves_everything_to_the_policy() -> None:
    seen, nobody = handed_over(), Nobody()
    nobody.begin(hands_of(seen), hands_of(seen))
    for _ in range(8):
        assert nobody.take(seen, WANTED) is WANTED
        assert not nobody.lost(seen, threaded=True, misses=3)
    assert (nobody.takes, nobody.busy) == (0, False)
    with pytest.raises(AssertionError, match="Nobody holds anything again"):
        nobody.hold(seen, 8)


@pytest.mark.parametrize("who", [Careful(), Nobody()])
def test_both_leave_alone_what_needs_no_care(who: AtEyelets) -> None:
    """A lace on the mat, a hand beside its tip: nothing is in an eyelet, and nobody has handed anything over."""
    seen = beside_an_aglet(along=0.02)
    for _ in range(30):
        np.testing.assert_array_equal(who.take(seen, WANTED), WANTED)
        assert not who.lost(seen, threaded=False, misses=0)
    who.again()
    who.reset()
    assert (who.takes, who.busy) == (0, False)
