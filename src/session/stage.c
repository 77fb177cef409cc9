#include "stage.h"

static void hear(struct enc_sink *sink, const struct enc_report *report)
{
	struct enc_stage *stage = ENC_HOLDER(sink, struct enc_stage, sink);

	if (report->kind == ENC_REPORT_READY) {
		stage->facts = report->ready;
	} else if (report->kind == ENC_REPORT_ENDED) {
		stage->end = report->ended;
	}
	stage->told(stage, report);
}

struct enc_stage *enc_stage_new(const struct enc_session *session)
{
	struct enc_stage *stage = enc_xalloc(sizeof(*stage));

	enc_list_init(&stage->link);
	stage->sink.hear = hear;
	stage->spec = (struct enc_sandbox_spec){
		.name = session->id,
		.environment = session->spec->environment,
		.language = session->spec->record.language,
		.place = session->spec->place,
		.limits = session->spec->record.limits,
		.outside = enc_session_outside(session->spec),
	};
	stage->allowlist = enc_allowlist_hold(session->spec->record.allowlist);
	stage->program = enc_session_spec_program(session->spec, session->id);
	return stage;
}

void enc_stage_free(struct enc_stage *stage)
{
	if (stage != NULL) {
		ENC_ASSERT(stage->sandbox == NULL);
		enc_list_remove(&stage->link);
		enc_allowlist_release(stage->allowlist);
		free(stage);
	}
}

enum enc_code enc_stage_make(struct enc_stage *stage, struct enc_pool *pool,
			     struct enc_error *err)
{
	struct enc_report ready = { .kind = ENC_REPORT_READY };

	if (!enc_pool_take(pool, &stage->spec, &stage->sink, &stage->sandbox,
			   &ready.ready)) {
		return enc_sandbox_prepare(&stage->spec, &stage->sink,
					   &stage->sandbox, err);
	}
	stage->claimed = true;
	hear(&stage->sink, &ready);
	return ENC_OK;
}

enum enc_code enc_stage_load(struct enc_stage *stage, struct enc_error *err)
{
	enum enc_code code = ENC_OK;

	if (!stage->claimed) {
		code = enc_sandbox_claim(stage->sandbox, &stage->spec.limits,
					 stage->spec.outside, &stage->sink,
					 err);
	}
	if (code == ENC_OK) {
		stage->claimed = true;
		code = enc_sandbox_load(stage->sandbox, &stage->program, err);
		stage->loaded = code == ENC_OK;
	}
	return code;
}

enum enc_code enc_stage_set_allowlist(struct enc_stage *stage,
				      struct enc_allowlist *list,
				      struct enc_error *err)
{
	const char *const *rules = (const char *const *)list->rule;
	enum enc_code code = ENC_OK;

	if (stage->allowlist == list) {
		return ENC_OK;
	}
	if (stage->loaded) {
		code = enc_sandbox_set_rules(stage->sandbox, rules, list->count,
					     err);
	}
	if (code == ENC_OK) {
		stage->program.rules = rules;
		stage->program.rule_count = list->count;
		enc_allowlist_release(stage->allowlist);
		stage->allowlist = enc_allowlist_hold(list);
	}
	return code;
}

void enc_stage_recorded(struct enc_stage *stage, uint64_t count)
{
	if (stage->sandbox != NULL) {
		enc_sandbox_recorded(stage->sandbox, count);
	}
}

enum enc_code enc_stage_start(struct enc_stage *stage, struct enc_error *err)
{
	return enc_sandbox_start(stage->sandbox, err);
}

void enc_stage_hold(struct enc_stage *stage, bool hold)
{
	if (stage->sandbox != NULL) {
		enc_sandbox_hold(stage->sandbox, hold);
	}
}

void enc_stage_stop(struct enc_stage *stage)
{
	if (stage->sandbox != NULL) {
		enc_sandbox_stop(stage->sandbox);
	}
}

void enc_stage_destroy(struct enc_stage *stage)
{
	enc_sandbox_destroy(ENC_TAKE(stage->sandbox));
}
