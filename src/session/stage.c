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
	};
	stage->program = enc_session_spec_program(session->spec, session->id);
	return stage;
}

void enc_stage_free(struct enc_stage *stage)
{
	if (stage != NULL) {
		ENC_ASSERT(stage->sandbox == NULL);
		enc_list_remove(&stage->link);
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
					 stage->spec.egress,
					 &stage->sink, err);
	}
	if (code == ENC_OK) {
		stage->claimed = true;
		code = enc_sandbox_load(stage->sandbox, &stage->program, err);
	}
	return code;
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
