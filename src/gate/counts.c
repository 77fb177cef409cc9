#include "counts.h"
#include "def.h"

enum { PAUSE_MS = 1000 };

void enc_counts_add(struct enc_counts *counts, enum enc_counted what)
{
	ENC_ASSERT(what > ENC_COUNTED_INVALID && what < ENC_COUNTED_MAX);
	counts->untold[what]++;
}

int64_t enc_counts_flush(struct enc_counts *counts, int64_t now_ms,
			 enc_counts_tell_fn *tell, void *context)
{
	int64_t next_ms = -1;

	for (int i = 0; i < ENC_COUNTED_MAX; i++) {
		if (counts->untold[i] == 0) {
			continue;
		}
		if (now_ms >= counts->due_ms[i]) {
			counts->due_ms[i] = now_ms + PAUSE_MS;
			tell(context, (enum enc_counted)i, counts->untold[i]);
			counts->untold[i] = 0;
		} else if (next_ms < 0 || counts->due_ms[i] < next_ms) {
			next_ms = counts->due_ms[i];
		}
	}
	return next_ms;
}

void enc_counts_finish(struct enc_counts *counts, enc_counts_tell_fn *tell,
		       void *context)
{
	(void)enc_counts_flush(counts, INT64_MAX - PAUSE_MS, tell, context);
}
