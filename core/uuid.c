#include "core/uuid.h"

#include <sys/random.h>

static void mark(uint8_t id[16], uint8_t version)
{
	id[6] = (uint8_t)((id[6] & 0x0f) | version << 4);
	id[8] = (uint8_t)((id[8] & 0x3f) | 0x80);
}

bool uuid_random(uint8_t out[16])
{
	if (getrandom(out, 16, 0) != 16)
		return false;
	mark(out, 4);
	return true;
}

void uuid_of_digest(uint8_t id[16])
{
	mark(id, 8);
}
