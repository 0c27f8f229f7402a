// The steps of a plan that spawn_steps.c carries out, for spawn.c.
#pragma once
#include "spawn_plan.h"

int daimon_step_write(const char *path, const char *text);
int daimon_step_connect(const char *path);
int daimon_step_nice(int nice);
int daimon_carry_out_more(const struct daimon_step *step, struct daimon_spawn_result *result);
int daimon_plan_changes_filter(const struct daimon_spawn_plan *plan);
int daimon_read_coredump_filter(char *text, size_t capacity);
