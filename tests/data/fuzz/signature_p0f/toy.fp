; a toy
classes = win,unix,other
[tcp:request]
label = s:unix:Toy:1.x
sig = *:64:0:*:mss*20,7:mss,sok,ts,nop,ws:df,id+:0
sig = 4:54+10:0:1460:%8192,*:mss,nop,ws,?19,eol+2::*
label = g:win:Windows:XP
sig = 6:128-:40:*:mtu*4,0:mss:flow,ecn:+
[http:request]
label = s:!:x:
sys = Windows
sig = 1:a:b:c
