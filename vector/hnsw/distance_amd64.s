#include "textflag.h"

// The kernels walk ids. Slot s is row s&1023 of chunk s>>10 of the table of slice headers (24 bytes each). While one row is
// computed, the next is prefetched at the same offset.

// ROW puts the address of the row of slot AX into dst; SI is the table, R8 the bytes of a row, BX is lost.
#define ROW(dst) \
	MOVL  AX, BX         \
	SHRQ  $10, BX        \
	LEAQ  (BX)(BX*2), BX \
	MOVQ  (SI)(BX*8), dst \
	ANDL  $1023, AX      \
	IMULQ R8, AX         \
	ADDQ  AX, dst

// NEXT puts the address of the row to prefetch into R11: that of the second id left, or the current one at the end.
#define NEXT(label) \
	MOVQ R10, R11 \
	CMPQ CX, $1   \
	JLE  label    \
	MOVL 4(DX), AX \
	ROW(R11)

// SUM8 adds up Y0 to Y3 into X0.
#define SUM8 \
	VADDPS       Y1, Y0, Y0  \
	VADDPS       Y3, Y2, Y2  \
	VADDPS       Y2, Y0, Y0  \
	VEXTRACTF128 $1, Y0, X1  \
	VADDPS       X1, X0, X0  \
	VHADDPS      X0, X0, X0  \
	VHADDPS      X0, X0, X0

#define CLEAR4 \
	VXORPS Y0, Y0, Y0 \
	VXORPS Y1, Y1, Y1 \
	VXORPS Y2, Y2, Y2 \
	VXORPS Y3, Y3, Y3

// func dotAVX2(q *float32, table *[]float32, ids *uint32, n, stride int, c float32, out *float32)
TEXT ·dotAVX2(SB), NOSPLIT, $0-56
	MOVQ  q+0(FP), DI
	MOVQ  table+8(FP), SI
	MOVQ  ids+16(FP), DX
	MOVQ  n+24(FP), CX
	MOVQ  stride+32(FP), R8
	SHLQ  $2, R8
	VMOVSS c+40(FP), X15
	MOVQ  out+48(FP), R9
	MOVQ  R8, R12
	ANDQ  $~127, R12
	MOVL  (DX), AX
	ROW(R10)

dotrow:
	NEXT(dotstart)

dotstart:
	CLEAR4
	XORQ AX, AX
	CMPQ AX, R12
	JGE  dottail

dotloop:
	VMOVUPS     (DI)(AX*1), Y4
	VMOVUPS     32(DI)(AX*1), Y5
	VMOVUPS     64(DI)(AX*1), Y6
	VMOVUPS     96(DI)(AX*1), Y7
	PREFETCHT0  (R11)(AX*1)
	PREFETCHT0  64(R11)(AX*1)
	VFMADD231PS (R10)(AX*1), Y4, Y0
	VFMADD231PS 32(R10)(AX*1), Y5, Y1
	VFMADD231PS 64(R10)(AX*1), Y6, Y2
	VFMADD231PS 96(R10)(AX*1), Y7, Y3
	ADDQ        $128, AX
	CMPQ        AX, R12
	JLT         dotloop

dottail:
	CMPQ        AX, R8
	JGE         dotsum
	PREFETCHT0  (R11)(AX*1)
	VMOVUPS     (DI)(AX*1), Y4
	VFMADD231PS (R10)(AX*1), Y4, Y0
	ADDQ        $32, AX
	JMP         dottail

dotsum:
	SUM8
	VSUBSS X0, X15, X0
	VMOVSS X0, (R9)
	ADDQ   $4, R9
	ADDQ   $4, DX
	MOVQ   R11, R10
	DECQ   CX
	JNZ    dotrow
	VZEROUPPER
	RET

// func l2AVX2(q *float32, table *[]float32, ids *uint32, n, stride int, out *float32)
TEXT ·l2AVX2(SB), NOSPLIT, $0-48
	MOVQ q+0(FP), DI
	MOVQ table+8(FP), SI
	MOVQ ids+16(FP), DX
	MOVQ n+24(FP), CX
	MOVQ stride+32(FP), R8
	SHLQ $2, R8
	MOVQ out+40(FP), R9
	MOVQ R8, R12
	ANDQ $~127, R12
	MOVL (DX), AX
	ROW(R10)

l2row:
	NEXT(l2start)

l2start:
	CLEAR4
	XORQ AX, AX
	CMPQ AX, R12
	JGE  l2tail

l2loop:
	VMOVUPS     (DI)(AX*1), Y4
	VMOVUPS     32(DI)(AX*1), Y5
	VMOVUPS     64(DI)(AX*1), Y6
	VMOVUPS     96(DI)(AX*1), Y7
	PREFETCHT0  (R11)(AX*1)
	PREFETCHT0  64(R11)(AX*1)
	VSUBPS      (R10)(AX*1), Y4, Y4
	VSUBPS      32(R10)(AX*1), Y5, Y5
	VSUBPS      64(R10)(AX*1), Y6, Y6
	VSUBPS      96(R10)(AX*1), Y7, Y7
	VFMADD231PS Y4, Y4, Y0
	VFMADD231PS Y5, Y5, Y1
	VFMADD231PS Y6, Y6, Y2
	VFMADD231PS Y7, Y7, Y3
	ADDQ        $128, AX
	CMPQ        AX, R12
	JLT         l2loop

l2tail:
	CMPQ        AX, R8
	JGE         l2sum
	PREFETCHT0  (R11)(AX*1)
	VMOVUPS     (DI)(AX*1), Y4
	VSUBPS      (R10)(AX*1), Y4, Y4
	VFMADD231PS Y4, Y4, Y0
	ADDQ        $32, AX
	JMP         l2tail

l2sum:
	SUM8
	VMOVSS X0, (R9)
	ADDQ   $4, R9
	ADDQ   $4, DX
	MOVQ   R11, R10
	DECQ   CX
	JNZ    l2row
	VZEROUPPER
	RET

// Codes are stored as code+128, so sum, 128 times the sum of the query's codes, is taken off. 16 products are made at a time
// as int16 pairs added to int32: 2*127*255 is far from overflow, and 65,536 dimensions of it fit an int32 as well.
//
// func int8AVX2(q *int16, table *[]uint8, ids *uint32, n, stride, width, meta int, sum int32, a, b, c float32, out *float32)
TEXT ·int8AVX2(SB), NOSPLIT, $0-80
	MOVQ   q+0(FP), DI
	MOVQ   table+8(FP), SI
	MOVQ   ids+16(FP), DX
	MOVQ   n+24(FP), CX
	MOVQ   stride+32(FP), R8
	MOVQ   width+40(FP), R12
	MOVQ   meta+48(FP), R13
	MOVQ   out+72(FP), R9
	VMOVSS a+60(FP), X13
	VMOVSS b+64(FP), X14
	VMOVSS c+68(FP), X15
	MOVL   (DX), AX
	ROW(R10)

int8row:
	NEXT(int8start)

int8start:
	VPXOR Y0, Y0, Y0
	VPXOR Y1, Y1, Y1
	VPXOR Y2, Y2, Y2
	VPXOR Y3, Y3, Y3
	PREFETCHT0 (R11)(R13*1)
	XORQ  AX, AX
	MOVQ  R12, BX
	ANDQ  $~63, BX
	CMPQ  AX, BX
	JGE   int8tail

int8loop:
	PREFETCHT0 (R11)(AX*1)
	VPMOVZXBW  (R10)(AX*1), Y4
	VPMOVZXBW  16(R10)(AX*1), Y5
	VPMOVZXBW  32(R10)(AX*1), Y6
	VPMOVZXBW  48(R10)(AX*1), Y7
	VPMADDWD   (DI)(AX*2), Y4, Y4
	VPMADDWD   32(DI)(AX*2), Y5, Y5
	VPMADDWD   64(DI)(AX*2), Y6, Y6
	VPMADDWD   96(DI)(AX*2), Y7, Y7
	VPADDD     Y4, Y0, Y0
	VPADDD     Y5, Y1, Y1
	VPADDD     Y6, Y2, Y2
	VPADDD     Y7, Y3, Y3
	ADDQ       $64, AX
	CMPQ       AX, BX
	JLT        int8loop

int8tail:
	CMPQ      AX, R12
	JGE       int8sum
	VPMOVZXBW (R10)(AX*1), Y4
	VPMADDWD  (DI)(AX*2), Y4, Y4
	VPADDD    Y4, Y0, Y0
	ADDQ      $16, AX
	JMP       int8tail

int8sum:
	VPADDD       Y1, Y0, Y0
	VPADDD       Y3, Y2, Y2
	VPADDD       Y2, Y0, Y0
	VEXTRACTI128 $1, Y0, X1
	VPADDD       X1, X0, X0
	VPHADDD      X0, X0, X0
	VPHADDD      X0, X0, X0
	VMOVD        X0, AX
	SUBL         sum+56(FP), AX
	VXORPS       X0, X0, X0
	VCVTSI2SSL   AX, X0, X0
	VMULSS       (R10)(R13*1), X0, X0
	VMULSS       X14, X0, X0
	VADDSS       X15, X0, X0
	VMULSS       4(R10)(R13*1), X13, X1
	VADDSS       X1, X0, X0
	VMOVSS       X0, (R9)
	ADDQ         $4, R9
	ADDQ         $4, DX
	MOVQ         R11, R10
	DECQ         CX
	JNZ          int8row
	VZEROUPPER
	RET

DATA ones16<>+0(SB)/8, $0x0001000100010001
DATA ones16<>+8(SB)/8, $0x0001000100010001
DATA ones16<>+16(SB)/8, $0x0001000100010001
DATA ones16<>+24(SB)/8, $0x0001000100010001
GLOBL ones16<>(SB), RODATA|NOPTR, $32

DATA offset16<>+0(SB)/8, $0x0080008000800080
DATA offset16<>+8(SB)/8, $0x0080008000800080
DATA offset16<>+16(SB)/8, $0x0080008000800080
DATA offset16<>+24(SB)/8, $0x0080008000800080
GLOBL offset16<>(SB), RODATA|NOPTR, $32

// func widenAVX2(dst *int16, src *uint8, n int) int32
TEXT ·widenAVX2(SB), NOSPLIT, $0-28
	MOVQ    dst+0(FP), DI
	MOVQ    src+8(FP), SI
	MOVQ    n+16(FP), CX
	VMOVDQU offset16<>(SB), Y2
	VMOVDQU ones16<>(SB), Y3
	VPXOR   Y0, Y0, Y0
	XORQ    AX, AX

widenloop:
	CMPQ      AX, CX
	JGE       widensum
	VPMOVZXBW (SI)(AX*1), Y1
	VPSUBW    Y2, Y1, Y1
	VMOVDQU   Y1, (DI)(AX*2)
	VPMADDWD  Y3, Y1, Y1
	VPADDD    Y1, Y0, Y0
	ADDQ      $16, AX
	JMP       widenloop

widensum:
	VEXTRACTI128 $1, Y0, X1
	VPADDD       X1, X0, X0
	VPHADDD      X0, X0, X0
	VPHADDD      X0, X0, X0
	VMOVD        X0, AX
	MOVL         AX, ret+24(FP)
	VZEROUPPER
	RET

// func prefetchLines(p unsafe.Pointer)
TEXT ·prefetchLines(SB), NOSPLIT, $0-8
	MOVQ       p+0(FP), AX
	PREFETCHT0 (AX)
	PREFETCHT0 64(AX)
	RET
