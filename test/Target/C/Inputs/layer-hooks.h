/* What a user who profiles layers defines. */
#include <stdio.h>
#define SETUN_LAYER_BEGIN(name) puts("begin " #name)
#define SETUN_LAYER_END(name) puts("end " #name)
