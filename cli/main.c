#include <stdio.h>

int main(void)
{
	puts("onlooker " ONLOOKER_VERSION);
	return 0;
}
