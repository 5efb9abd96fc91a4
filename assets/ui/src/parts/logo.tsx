export function Logo({ size = 22 }: { size?: number }) {
  return (
    <svg viewBox="0 0 32 32" width={size} height={size} aria-hidden className="shrink-0">
      <rect width="32" height="32" rx="8" fill="#0b6e80" />
      <path d="M9 18c1-5 3.500-9 7-9s6 4 7 9z" fill="#fff" />
      <path d="M5.500 21.500c2.200 0 2.200 1.600 4.400 1.600s2.200-1.600 4.400-1.600 2.200 1.600 4.400 1.600 2.200-1.600 4.400-1.600 2.200 1.600 3.400 1.600" fill="none" stroke="#9fe3ef" strokeWidth="2" strokeLinecap="round" />
    </svg>
  );
}
