#include "init_stage.h"

/*
 * The verdict about a frame, by stage: do it, ignore it, or refuse it. A frame
 * that may have been sent before the gate knew of the program's end is ignored
 * after that end.
 */
static const enum enc_init_verdict
	verdicts[ENC_INIT_STAGE_MAX][ENC_FRAME_CLOSE + 1] = {
	[ENC_INIT_WAITING] = {
		[ENC_FRAME_LAUNCH] = ENC_INIT_DO,
		[ENC_FRAME_STDIN] = ENC_INIT_DO,
		[ENC_FRAME_SIGNAL] = ENC_INIT_IGNORE,
		[ENC_FRAME_FILE] = ENC_INIT_DO,
		[ENC_FRAME_CLOSE] = ENC_INIT_DO,
	},
	[ENC_INIT_STARTING] = {
		[ENC_FRAME_STDIN] = ENC_INIT_DO,
		[ENC_FRAME_SIGNAL] = ENC_INIT_DO,
		[ENC_FRAME_CLOSE] = ENC_INIT_DO,
	},
	[ENC_INIT_RUNNING] = {
		[ENC_FRAME_STDIN] = ENC_INIT_DO,
		[ENC_FRAME_SIGNAL] = ENC_INIT_DO,
		[ENC_FRAME_CLOSE] = ENC_INIT_DO,
	},
	[ENC_INIT_ENDING] = {
		[ENC_FRAME_STDIN] = ENC_INIT_IGNORE,
		[ENC_FRAME_SIGNAL] = ENC_INIT_IGNORE,
		[ENC_FRAME_CLOSE] = ENC_INIT_IGNORE,
	},
	[ENC_INIT_FLUSHING] = {
		[ENC_FRAME_STDIN] = ENC_INIT_IGNORE,
		[ENC_FRAME_SIGNAL] = ENC_INIT_IGNORE,
		[ENC_FRAME_CLOSE] = ENC_INIT_IGNORE,
	},
};

#define TO(stage) (1U << (stage))

static const unsigned int follows[ENC_INIT_STAGE_MAX] = {
	[ENC_INIT_WARMING] = TO(ENC_INIT_WAITING),
	[ENC_INIT_WAITING] = TO(ENC_INIT_STARTING) | TO(ENC_INIT_FLUSHING),
	[ENC_INIT_STARTING] = TO(ENC_INIT_RUNNING) | TO(ENC_INIT_FLUSHING),
	[ENC_INIT_RUNNING] = TO(ENC_INIT_ENDING),
	[ENC_INIT_ENDING] = TO(ENC_INIT_FLUSHING),
};

enum enc_init_verdict enc_init_stage_judge(enum enc_init_stage stage,
					   enum enc_frame_type type)
{
	return type <= ENC_FRAME_CLOSE ? verdicts[stage][type]
				       : ENC_INIT_REFUSE;
}

void enc_init_stage_go(enum enc_init_stage *stage, enum enc_init_stage next)
{
	ENC_ASSERT((follows[*stage] & TO(next)) != 0);
	*stage = next;
}
