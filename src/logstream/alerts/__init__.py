"""Alerts: filters and conditions over what is accepted, and telling people when one holds.

`alert` (what one says) → `filters` (which entries concern which alerts) → `window` and `condition` (counting, and when
it begins and ends to hold; `usual` is what is compared with) → `watch` (the one task that judges every entry once, live
and after a restart, and makes state, position and deliveries durable in one transaction; `telling` is what it tells
whom) → `courier` (delivers, tries again) → `targets`: `webhook`, and `apprise_process` for all others; neither connects
to what `addresses` forbids. `notice` is what people are told.

`desk` is what the API asks; `definitions` where alerts come from: the shared state, or a file. `preview` judges the
past in the same way.
"""
