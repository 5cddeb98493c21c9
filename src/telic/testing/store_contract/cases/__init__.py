"""The cases, by what they try; importing this package enters all of them.

What may never be here: a case that knows a store.
"""

from telic.testing.store_contract.cases import claims as claims
from telic.testing.store_contract.cases import concurrent as concurrent
from telic.testing.store_contract.cases import cutting as cutting
from telic.testing.store_contract.cases import differential as differential
from telic.testing.store_contract.cases import event_ids as event_ids
from telic.testing.store_contract.cases import fields as fields
from telic.testing.store_contract.cases import images as images
from telic.testing.store_contract.cases import interruptions as interruptions
from telic.testing.store_contract.cases import isolation as isolation
from telic.testing.store_contract.cases import journal as journal
from telic.testing.store_contract.cases import limits as limits
from telic.testing.store_contract.cases import listings as listings
from telic.testing.store_contract.cases import loading as loading
from telic.testing.store_contract.cases import observing as observing
from telic.testing.store_contract.cases import saving as saving
from telic.testing.store_contract.cases import values as values
from telic.testing.store_contract.cases import waiting as waiting
