// SPDX-License-Identifier: Apache-2.0 WITH Swift-exception

/// What another disassembler makes of a sample of encodings.
///
/// GNU objdump 2.40 printed the texts, with -M intel. They are rewritten in few points: prefixes
/// without effect are left out, and so are an index that is none and a displacement of zero;
/// displacements are signed; registers have their 64-bit names, and `addr32` says that the address
/// has 32 bits.
enum ObjdumpSample {
  static let lines = """
    cb retf
    ca0800 retf 0x8
    cafeff retf 0xfffe
    cf iret
    66cb retfw
    66ca0800 retfw 0x8
    66cafeff retfw 0xfffe
    66cf iretw
    48cb retfq
    48ca0800 retfq 0x8
    48cafeff retfq 0xfffe
    48cf iretq
    6648cb retfq
    6648ca0800 retfq 0x8
    6648cafeff retfq 0xfffe
    6648cf iretq
    41cb retf
    41ca0800 retf 0x8
    41cafeff retf 0xfffe
    41cf iret
    4866cb retfw
    4866ca0800 retfw 0x8
    4866cafeff retfw 0xfffe
    4866cf iretw
    cd00 int 0x0
    cd20 int 0x20
    cd80 int 0x80
    cdff int 0xff
    0f20c0 mov rax,cr0
    0f20d0 mov rax,cr2
    0f20df mov rdi,cr3
    0f20e7 mov rdi,cr4
    0f2004 mov rsp,cr0
    0f2045 mov rbp,cr0
    0f2085 mov rbp,cr0
    410f20c0 mov r8,cr0
    410f20d0 mov r8,cr2
    410f20df mov r15,cr3
    410f20e7 mov r15,cr4
    410f2004 mov r12,cr0
    410f2045 mov r13,cr0
    410f2085 mov r13,cr0
    440f20c0 mov rax,cr8
    440f2004 mov rsp,cr8
    440f2045 mov rbp,cr8
    440f2085 mov rbp,cr8
    450f20c0 mov r8,cr8
    450f2004 mov r12,cr8
    450f2045 mov r13,cr8
    450f2085 mov r13,cr8
    480f20c0 mov rax,cr0
    480f20d0 mov rax,cr2
    480f20df mov rdi,cr3
    480f20e7 mov rdi,cr4
    480f2004 mov rsp,cr0
    480f2045 mov rbp,cr0
    480f2085 mov rbp,cr0
    4f0f20c0 mov r8,cr8
    4f0f2004 mov r12,cr8
    4f0f2045 mov r13,cr8
    4f0f2085 mov r13,cr8
    67430f011500800100 addr32 lgdt [rip+0x18000]
    4d2e67430f0153f0 addr32 lgdt [r11-0x10]
    67470f0195ff01107f addr32 lgdt [r13+0x7f1001ff]
    670f011460 addr32 lgdt [rax]
    67644d0f015580 addr32 lgdt fs:[r13-0x80]
    640f0194a5f07f1080 lgdt fs:[rbp-0x7fef8010]
    670f01157f00f000 addr32 lgdt [rip+0xf0007f]
    4b0f0155ff lgdt [r13-0x1]
    420f0190f010f080 lgdt [rax-0x7f0fef10]
    4b0f011510018000 lgdt [rip+0x800110]
    670f0155ff addr32 lgdt [rbp-0x1]
    67440f019510f07f10 addr32 lgdt [rbp+0x107ff010]
    64470f0114251000017f lgdt fs:[r12*1+0x7f010010]
    410f0157ff lgdt [r15-0x1]
    4c0f01946401001080 lgdt [rsp-0x7fefffff]
    402e0f0114251080107f lgdt [+0x7f108010]
    4f0f015424f0 lgdt [r12+r12*1-0x10]
    644b0f01928000ff80 lgdt fs:[r10-0x7f00ff80]
    650f011472 lgdt gs:[rdx+rsi*2]
    470f0156ff lgdt [r14-0x1]
    400f011d1001f080 lidt [rip-0x7f0ffef0]
    0f015c707f lidt [rax+rsi*2+0x7f]
    670f019df010fff0 addr32 lidt [rbp-0xf00ef10]
    4364450f011e lidt fs:[r14]
    4c0f015901 lidt [rcx+0x1]
    67650f019dff807ff0 addr32 lidt gs:[rbp-0xf807f01]
    67430f011dff01ffff addr32 lidt [rip-0xfe01]
    4a0f015d7f lidt [rbp+0x7f]
    670f019d01800180 addr32 lidt [rbp-0x7ffe7fff]
    0f011c48 lidt [rax+rcx*2]
    0f015d00 lidt [rbp]
    0f019ce2f0107f80 lidt [rdx-0x7f80ef10]
    0f011d01ff7f01 lidt [rip+0x17fff01]
    0f015c6cff lidt [rsp+rbp*2-0x1]
    440f019c6501f0ff01 lidt [rbp+0x1fff001]
    460f011c2f lidt [rdi+r13*1]
    490f015c7510 lidt [r13+rsi*2+0x10]
    640f019d01808080 lidt fs:[rbp-0x7f7f7fff]
    0f011d001000f0 lidt [rip-0xffff000]
    482e650f015c6580 lidt gs:[rbp-0x80]
    400f00da ltr rdx
    410f00d8 ltr r8
    440f00db ltr rbx
    480f00d9 ltr rcx
    4d0f00da ltr r10
    0f00d8 ltr rax
    0f00db ltr rbx
    0f00de ltr rsi
    670f001c2510ff0010 addr32 ltr [+0x1000ff10]
    402e654d0f005dff ltr gs:[r13-0x1]
    470f009c6500ff0100 ltr [r13+r12*2+0x1ff00]
    486467650f001d01f01000 addr32 ltr gs:[rip+0x10f001]
    674a0f005c1110 addr32 ltr [rcx+r10*1+0x10]
    650f009c24ff00017f ltr gs:[rsp+0x7f0100ff]
    0f001d80ffff01 ltr [rip+0x1ffff80]
    4a0f005c91ff ltr [rcx+r10*4-0x1]
    0f009dff8080ff ltr [rbp-0x7f7f01]
    670f001c0f addr32 ltr [rdi+rcx*1]
    410f005880 ltr [r8-0x80]
    640f00998000f0f0 ltr fs:[rcx-0xf0fff80]
    460f001b ltr [rbx]
    490f005df0 ltr [r13-0x10]
    67650f009d8001007f addr32 ltr gs:[rbp+0x7f000180]
    482e490f001d7fff0080 ltr [rip-0x7fff0081]
    4e0f005d7f ltr [rbp+0x7f]
    0f009d0001f080 ltr [rbp-0x7f0fff00]
    0f001c64 ltr [rsp]
    640f005d10 ltr fs:[rbp+0x10]
    408ec2 mov es,rdx
    418ec6 mov es,r14
    448ec5 mov es,rbp
    488ec6 mov es,rsi
    4d8ec5 mov es,r13
    8ec0 mov es,rax
    8ec3 mov es,rbx
    8ec6 mov es,rsi
    4c8e04e4 mov es,[rsp]
    8e45ff mov es,[rbp-0x1]
    67658e846501ff10ff addr32 mov es,gs:[rbp-0xef00ff]
    8e03 mov es,[rbx]
    4d6465448e457f mov es,gs:[rbp+0x7f]
    8e85f001107f mov es,[rbp+0x7f1001f0]
    644f8e0510ff7f7f mov es,fs:[rip+0x7f7fff10]
    67658e44bc00 addr32 mov es,gs:[rsp+rdi*4]
    8e842010801001 mov es,[rax+0x1108010]
    8e0465f07f7f10 mov es,[+0x107f7ff0]
    644f8e44657f mov es,fs:[r13+r12*2+0x7f]
    67648e8414018000f0 addr32 mov es,fs:[rsp+rdx*1-0xfff7fff]
    8e06 mov es,[rsi]
    678e4510 addr32 mov es,[rbp+0x10]
    658e847c8001007f mov es,gs:[rsp+rdi*2+0x7f000180]
    658e0464 mov es,gs:[rsp]
    67658e457f addr32 mov es,gs:[rbp+0x7f]
    8e850110ffff mov es,[rbp-0xefff]
    8e057f800101 mov es,[rip+0x101807f]
    648e442500 mov es,fs:[rbp]
    408ed0 mov ss,rax
    418ed2 mov ss,r10
    448ed6 mov ss,rsi
    488ed7 mov ss,rdi
    4d8ed5 mov ss,r13
    8ed0 mov ss,rax
    8ed3 mov ss,rbx
    8ed6 mov ss,rsi
    458e1465107f0100 mov ss,[+0x17f10]
    482e468e549e00 mov ss,[rsi+r11*4]
    674a8e957f00f07f addr32 mov ss,[rbp+0x7ff0007f]
    4e8e1483 mov ss,[rbx+r8*4]
    8e54e400 mov ss,[rsp]
    8e9424f07fff7f mov ss,[rsp+0x7fff7ff0]
    4f8e149b mov ss,[r11+r11*4]
    8e5501 mov ss,[rbp+0x1]
    678e958010017f addr32 mov ss,[rbp+0x7f011080]
    438e15f07f0101 mov ss,[rip+0x1017ff0]
    438e54e410 mov ss,[r12+r12*8+0x10]
    6764498e946501808001 addr32 mov ss,fs:[r13+0x1808001]
    67408e14e510010000 addr32 mov ss,[+0x110]
    8e55ff mov ss,[rbp-0x1]
    8e94b310100100 mov ss,[rbx+rsi*4+0x11010]
    8e146501801000 mov ss,[+0x108001]
    438e5680 mov ss,[r14-0x80]
    488e949d10f08010 mov ss,[rbp+rbx*4+0x1080f010]
    678e15f07f0100 addr32 mov ss,[rip+0x17ff0]
    67644b8e544280 addr32 mov ss,fs:[r10+r8*2-0x80]
    408eda mov ds,rdx
    418ede mov ds,r14
    448ed9 mov ds,rcx
    488edd mov ds,rbp
    4d8eda mov ds,r10
    8ed8 mov ds,rax
    8edb mov ds,rbx
    8ede mov ds,rsi
    8e1d7fffffff mov ds,[rip-0x81]
    67648e5c1bf0 addr32 mov ds,fs:[rbx+rbx*1-0x10]
    648e9d01800100 mov ds,fs:[rbp+0x18001]
    478e1c13 mov ds,[r11+r10*1]
    8e5c65f0 mov ds,[rbp-0x10]
    648e9d017fff80 mov ds,fs:[rbp-0x7f0080ff]
    65428e1cdc mov ds,gs:[rsp+r11*8]
    448e5910 mov ds,[rcx+0x10]
    658e9c21017f10ff mov ds,gs:[rcx-0xef80ff]
    678e1c258010ff7f addr32 mov ds,[+0x7fff1080]
    488e5cbe01 mov ds,[rsi+rdi*4+0x1]
    4c8e9c20ff7f8080 mov ds,[rax-0x7f7f8001]
    658e1cc0 mov ds,gs:[rax+rax*8]
    418e5d10 mov ds,[r13+0x10]
    8e9d00f00001 mov ds,[rbp+0x100f000]
    8e1cfa mov ds,[rdx+rdi*8]
    40648e5d10 mov ds,fs:[rbp+0x10]
    67448e9c4c00f001ff addr32 mov ds,[rsp+rcx*2-0xfe1000]
    8e18 mov ds,[rax]
    8e5c5400 mov ds,[rsp+rdx*2]
    408ee0 mov fs,rax
    418ee6 mov fs,r14
    448ee2 mov fs,rdx
    488ee3 mov fs,rbx
    4d8ee2 mov fs,r10
    8ee0 mov fs,rax
    8ee3 mov fs,rbx
    8ee6 mov fs,rsi
    432e4d8e2580f080f0 mov fs,[rip-0xf7f0f80]
    65418e6780 mov fs,gs:[r15-0x80]
    4d6467438ea424f0f0ff10 addr32 mov fs,fs:[r12+r12*1+0x10fff0f0]
    488e246f mov fs,[rdi+rbp*2]
    458e64c77f mov fs,[r15+rax*8+0x7f]
    8ea5ff80f000 mov fs,[rbp+0xf080ff]
    8e24c8 mov fs,[rax+rcx*8]
    6764448e6415f0 addr32 mov fs,fs:[rbp+rdx*1-0x10]
    412e428ea47e000000ff mov fs,[rsi+r15*2-0x1000000]
    65448e21 mov fs,gs:[rcx]
    488e642dff mov fs,[rbp+rbp*1-0x1]
    438ea5f0008080 mov fs,[r13-0x7f7fff10]
    65408e2420 mov fs,gs:[rax]
    4f8e6510 mov fs,[r13+0x10]
    678ea50100f0ff addr32 mov fs,[rbp-0xfffff]
    4364428e26 mov fs,fs:[rsi]
    46648e6601 mov fs,fs:[rsi+0x1]
    678ea425f080f010 addr32 mov fs,[rbp+0x10f080f0]
    8e24ec mov fs,[rsp+rbp*8]
    8e64a701 mov fs,[rdi+0x1]
    408eed mov gs,rbp
    418eeb mov gs,r11
    448eec mov gs,rsp
    488ee9 mov gs,rcx
    4d8eea mov gs,r10
    8ee8 mov gs,rax
    8eeb mov gs,rbx
    8eee mov gs,rsi
    678e2c650100f000 addr32 mov gs,[+0xf00001]
    4d8e6df0 mov gs,[r13-0x10]
    678ea801ff7ff0 addr32 mov gs,[rax-0xf8000ff]
    478e2a mov gs,[r10]
    8e6c25ff mov gs,[rbp-0x1]
    458eacc700108001 mov gs,[r15+rax*8+0x1801000]
    8e2d7f8001f0 mov gs,[rip-0xffe7f81]
    674a8e6e7f addr32 mov gs,[rsi+0x7f]
    8ea98010f000 mov gs,[rcx+0xf01080]
    644d8e2d10000110 mov gs,fs:[rip+0x10010010]
    4c8e6c54ff mov gs,[rsp+rdx*2-0x1]
    678eaca5ff80f001 addr32 mov gs,[rbp+0x1f080ff]
    4c8e2df0017f00 mov gs,[rip+0x7f01f0]
    8e6d7f mov gs,[rbp+0x7f]
    498eac2b80ff10f0 mov gs,[r11+rbp*1-0xfef0080]
    648e2d008001ff mov gs,fs:[rip-0xfe8000]
    4c8e6df0 mov gs,[rbp-0x10]
    8eacfdf0ff7ff0 mov gs,[rbp+rdi*8-0xf800010]
    448e2d80007f7f mov gs,[rip+0x7f7f0080]
    648e6ca5f0 mov gs,fs:[rbp-0x10]
    """
}
