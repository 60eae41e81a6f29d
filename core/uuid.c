#include "core/uuid.h"

#include <sys/random.h>

bool uuid_random(uint8_t out[16])
{
	if (getrandom(out, 16, 0) != 16)
		return false;
	out[6] = (uint8_t)((out[6] & 0x0f) | 0x40);
	out[8] = (uint8_t)((out[8] & 0x3f) | 0x80);
	return true;
}
