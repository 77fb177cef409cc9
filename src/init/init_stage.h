#ifndef ENC_INIT_INIT_STAGE_H
#define ENC_INIT_INIT_STAGE_H

#include "frame.h"

/* Where the life of a sandbox is; init.h has the picture. */
enum enc_init_stage {
	ENC_INIT_WARMING,
	ENC_INIT_WAITING,
	ENC_INIT_STARTING,
	ENC_INIT_RUNNING,
	ENC_INIT_ENDING,
	ENC_INIT_FLUSHING,
	ENC_INIT_STAGE_MAX,
};

enum enc_init_verdict {
	ENC_INIT_REFUSE, /* zero on purpose: the peer is broken, end */
	ENC_INIT_IGNORE, /* came too late or too early by no fault of anyone */
	ENC_INIT_DO,
};

/* enc_init_stage_judge() - what to do with a frame that came down */
enum enc_init_verdict enc_init_stage_judge(enum enc_init_stage stage,
					   enum enc_frame_type type);

/*
 * enc_init_stage_go() - the next stage; it is our bug if it can't follow
 */
void enc_init_stage_go(enum enc_init_stage *stage, enum enc_init_stage next);

#endif
