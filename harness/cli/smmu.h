/* SPDX-License-Identifier: MIT */
/* svafuzz smmu: what its subcommands share. */
#ifndef SVAFUZZ_CLI_SMMU_H
#define SVAFUZZ_CLI_SMMU_H

#include "../device/known.h"
#include "engine.h"

int smmu_replay(int argc, char **argv);
int smmu_show(int argc, char **argv);
int smmu_asm(int argc, char **argv);
int smmu_disasm(int argc, char **argv);
int smmu_ops(int argc, char **argv);
int smmu_fuzz(int argc, char **argv);
int smmu_minimize(int argc, char **argv);

/* A file, or the *.smmu files of a folder, sorted. */
bool smmu_files_add(struct cli_files *files, const char *path, struct error *error);
/* As cli_exec_faults(), from a subcommand of ours. */
int smmu_exec_faults(int argc, char **argv);
/* Every trace of `from` as a binary file in the folder `to`, without pins. */
bool smmu_assemble(const char *from, const char *to, unsigned *count, struct error *error);
/* The witness passes without the fault and not with it; `words` say what happened. */
bool smmu_witness(const char *path, const char *fault, bool crash, char *words, size_t size);
/* The program that fuzzes, beside this one. */
bool smmu_find_target(struct engine_setup *setup, struct error *error);
/* The folder's known differences; NULL: the tree's, if it is there; "none": none. */
bool smmu_load_known(struct dev_known *known, const char *dir, struct error *error);

#endif
