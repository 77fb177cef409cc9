#include <errno.h>

#include "await.h"
#include "flow.h"
#include "gate_internal.h"

static void finish(struct enc_await *await, int r)
{
	enc_await_fn *done = ENC_TAKE(await->done);

	enc_list_remove(&await->link);
	enc_deadline_clear(&await->deadline);
	done(await, r);
}

static void on_late(struct enc_deadlines *deadlines,
		    struct enc_deadline *deadline)
{
	(void)deadlines;
	finish(ENC_HOLDER(deadline, struct enc_await, deadline), -ETIMEDOUT);
}

struct enc_awaits *enc_awaits_new(struct enc_gate *gate)
{
	struct enc_awaits *awaits = enc_xalloc(sizeof(*awaits));

	awaits->gate = gate;
	enc_list_init(&awaits->list);
	enc_deadlines_init(&awaits->deadlines, &gate->loop, ENC_FLOW_RECORD_MS,
			   on_late, NULL);
	return awaits;
}

void enc_await_begin(struct enc_awaits *awaits, struct enc_await *await,
		     uint64_t report, enc_await_fn *done)
{
	ENC_ASSERT(await->done == NULL);
	if (report <= awaits->gate->recorded) {
		done(await, 0);
		return;
	}
	await->report = report;
	await->done = done;
	enc_deadline_init(&await->deadline);
	enc_deadline_set(&awaits->deadlines, &await->deadline);
	enc_list_init(&await->link);
	enc_list_append(&awaits->list, &await->link);
}

void enc_await_stop(struct enc_await *await)
{
	if (await->done != NULL) {
		await->done = NULL;
		enc_list_remove(&await->link);
		enc_deadline_clear(&await->deadline);
	}
}

void enc_awaits_recorded(struct enc_awaits *awaits)
{
	ENC_LIST_EACH(awaits->list, at)
	{
		struct enc_await *await =
			ENC_HOLDER(at, struct enc_await, link);

		if (await->report <= awaits->gate->recorded) {
			finish(await, 0);
		}
	}
}
