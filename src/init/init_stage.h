#ifndef ENC_INIT_INIT_STAGE_H
#define ENC_INIT_INIT_STAGE_H

#include "frame.h"

/* The stages of init's life; init.h has the picture. */
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
	ENC_INIT_REFUSE, /* 0 on purpose; the gate is broken: end */
	ENC_INIT_IGNORE, /* sent in good faith, but too early or too late */
	ENC_INIT_DO,
};

/* enc_init_stage_judge() - decide what to do with a frame from the gate */
enum enc_init_verdict enc_init_stage_judge(enum enc_init_stage stage,
					   enum enc_frame_type type);

/* enc_init_stage_go() - move to the next stage; an illegal move is a bug */
void enc_init_stage_go(enum enc_init_stage *stage, enum enc_init_stage next);

#endif
